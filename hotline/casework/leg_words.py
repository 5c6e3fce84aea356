"""What an officer hears who is rung for a caller: what it is and where, the two keys, and what became of it."""

from hotline.casework.page_words import Subject


def question_words(subject: Subject, language: str) -> str:
    """What is said on picking up: emergency or not, the category and the place where they are known, the keys."""
    words = _WORDS[language]
    known = [subject.category_in(language)] if subject.category else []
    known += [subject.place_in(language)] if subject.place else []
    opening = words["emergency"] if subject.kind == "emergency" else words["call"]
    return f"{' '.join([opening, *(f'{one}.' for one in known)])} {words['keys']}"


def joined_words(language: str) -> str:
    """That the call is the officer's, and the caller on the way."""
    return _WORDS[language]["joined"]


def taken_words(by: str, language: str) -> str:
    """That another officer has the caller."""
    return _WORDS[language]["taken"].format(by=by)


def too_late_words(language: str) -> str:
    """That the caller does not wait any more."""
    return _WORDS[language]["too_late"]


def passed_words(language: str) -> str:
    return _WORDS[language]["passed"]


def spoken_words(language: str) -> str:
    """What is said to an officer when the caller has hung up."""
    return _WORDS[language]["spoken"]


def trouble_words(language: str) -> str:
    """That the key could not be stored: somebody else is still being rung."""
    return _WORDS[language]["trouble"]


_WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "emergency": "Đường dây nóng: cuộc gọi khẩn cấp, người gọi đang chờ máy.",
        "call": "Đường dây nóng: có bà con đang chờ máy.",
        "keys": "Bấm phím 1 để nhận, phím 2 để chuyển cho người khác.",
        "joined": "Đồng chí đã nhận cuộc gọi. Đang nối máy với người gọi, xin giữ máy.",
        "taken": "Cuộc gọi đã có người nhận: {by}. Xin cảm ơn.",
        "too_late": "Người gọi không còn chờ máy. Tin được giữ lại và sẽ báo tiếp cho đồng chí.",
        "passed": "Đã chuyển cuộc gọi cho người khác.",
        "spoken": "Cuộc nói chuyện đã hết. Tin nằm ở đầu danh sách trên trang trực ban.",
        "trouble": "Chưa ghi được. Đang gọi người khác, xin mở trang trực ban.",
    },
    "en": {
        "emergency": "Hotline: emergency, the caller is waiting on the line.",
        "call": "Hotline: a caller is waiting on the line.",
        "keys": "To take it press 1. To pass it on press 2.",
        "joined": "The call is yours. We are connecting you, stay on the line.",
        "taken": "The call is taken: {by}. Thank you.",
        "too_late": "The caller is not waiting any more. The report is kept, and you will be told of it.",
        "passed": "The call is passed on.",
        "spoken": "The talk has ended. The report is at the top of the duty page.",
        "trouble": "That could not be noted. Others are being rung; please open the duty page.",
    },
    "ru": {
        "emergency": "Горячая линия: экстренный вызов, человек ждёт на линии.",
        "call": "Горячая линия: человек ждёт на линии.",
        "keys": "Чтобы принять, нажмите 1. Чтобы передать другому, нажмите 2.",
        "joined": "Вызов принят. Соединяем, не кладите трубку.",
        "taken": "Вызов уже принят: {by}. Спасибо.",
        "too_late": "Человек больше не ждёт на линии. Сообщение сохранено, вам о нём сообщат.",
        "passed": "Вызов передан другому.",
        "spoken": "Разговор закончен. Сообщение стоит первым на странице дежурного.",
        "trouble": "Не удалось записать. Звоним другим; откройте страницу дежурного.",
    },
}
