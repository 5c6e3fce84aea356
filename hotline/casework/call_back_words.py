"""What an officer hears on the own telephone while a caller is rung back: the report, a key, and what came of it."""

from hotline.casework.page_words import spelt, spoken_language

__all__ = ["spoken", "spoken_language"]


def spoken(what: str, language: str, reference: str = "") -> str:
    """The words for a moment of a call back; a reference is said digit by digit, without its year."""
    return _WORDS[language][what].format(number=spelt(reference) if reference else "")


_WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "question": "Đường dây nóng: gọi lại cho người đã báo tin, mã tin {number}. Để nối máy, bấm phím 1.",
        "connecting": "Đang nối máy. Xin giữ máy.",
        "no answer": "Người báo tin không nghe máy.",
        "busy": "Máy của người báo tin đang bận.",
        "unreachable": "Không gọi được cho người báo tin.",
        "too late": "Đã quá hai phút nên không nối máy. Xin bấm Gọi lại lần nữa trên trang của tin.",
        "over": "Lần gọi lại này đã xong. Muốn gọi nữa, xin bấm Gọi lại trên trang của tin.",
        "unsafe": "Vừa có ghi chú: gọi lại cho người này không an toàn. Không nối máy.",
        "trouble": "Chưa ghi được nên không nối máy. Xin thử lại sau ít phút.",
    },
    "en": {
        "question": "Hotline: ringing back the caller of report {number}. To be connected, press 1.",
        "connecting": "Connecting you. Please hold.",
        "no answer": "The caller does not answer.",
        "busy": "The caller's telephone is busy.",
        "unreachable": "The caller could not be reached.",
        "too late": "Two minutes have passed, so nobody was called. Please press Call back again on the page.",
        "over": "This call back is over. To ring again, press Call back on the report's page.",
        "unsafe": "It was just noted that ringing this caller back is unsafe. Nobody was called.",
        "trouble": "That could not be noted, so nobody was called. Please try again in a few minutes.",
    },
    "ru": {
        "question": "Горячая линия: обратный звонок по сообщению {number}. Чтобы соединиться, нажмите 1.",
        "connecting": "Соединяю. Не кладите трубку.",
        "no answer": "Звонивший не отвечает.",
        "busy": "Телефон звонившего занят.",
        "unreachable": "Дозвониться до звонившего не удалось.",
        "too late": "Прошло больше двух минут, звонка не будет. Нажмите «Перезвонить» на странице ещё раз.",
        "over": "Этот обратный звонок закончен. Чтобы позвонить снова, нажмите «Перезвонить» на странице сообщения.",
        "unsafe": "Только что отмечено: перезванивать этому человеку небезопасно. Звонка не будет.",
        "trouble": "Не удалось записать, поэтому звонка не будет. Попробуйте через несколько минут.",
    },
}
