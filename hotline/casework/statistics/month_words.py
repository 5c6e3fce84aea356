"""The letter that says that a month is counted: figures, and where to sign for them; nothing of any caller."""

from hotline.casework.months import Month
from hotline.casework.statistics.figures import Figures


def month_letter(
    unit_name: str, month: Month, figures: Figures, signed_until_now: bool, language: str, console: str
) -> tuple[str, str]:
    """Its subject line and its text, in one of the three languages; `console` is where the month is read."""
    words = _WORDS[language]
    known = {
        "unit": unit_name,
        "month": f"{month.number:02}/{month.year}",
        "received": figures.received,
        "hung_up": figures.hung_up,
        "admin": figures.kinds.get("admin", 0),
        "reports": figures.kinds.get("report", 0),
        "emergencies": figures.kinds.get("emergency", 0),
        "open": figures.open_at_end,
    }
    parts = [
        words["counted"],
        words["figures"],
        *([] if figures.balances else [words["unbalanced"]]),
        words["signed" if signed_until_now else "sign"],
    ]
    text = "\n\n".join(part.format(**known) for part in parts)
    return words["title"].format(**known), f"{text}\n{console}/statistics/{month}\n\n{words['end']}\n"


_WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "title": "Số liệu tháng {month}: {unit}",
        "counted": "Số liệu tháng {month} của {unit} đã được tổng hợp.",
        "figures": "Cuộc gọi: {received}, trong đó gác máy trước khi chọn: {hung_up}.\n"
        "Hỏi thủ tục: {admin}. Tin báo mới: {reports}. Khẩn cấp: {emergencies}.\n"
        "Tin chưa giải quyết xong cuối tháng: {open}.",
        "unbalanced": "Số liệu chưa khớp: có cuộc gọi chưa rõ loại. Xin xem trang thống kê trước khi ký.",
        "sign": "Mời chỉ huy xem và ký tại trang:",
        "signed": "Số liệu đã được ký. Xem tại trang:",
        "end": "Thư tự động. Không có nội dung và thông tin người gọi.",
    },
    "en": {
        "title": "Figures of {month}: {unit}",
        "counted": "The figures of {month} for {unit} have been counted.",
        "figures": "Calls: {received}, of which hung up before any choice: {hung_up}.\n"
        "Questions about papers: {admin}. New reports: {reports}. Emergencies: {emergencies}.\n"
        "Reports still open at the end of the month: {open}.",
        "unbalanced": "They do not balance: some calls are of no known kind. See the page before you sign.",
        "sign": "Please read and sign them here:",
        "signed": "They have been signed. They are here:",
        "end": "Sent by itself. This letter holds nothing of a caller or of what was said.",
    },
    "ru": {
        "title": "Показатели за {month}: {unit}",
        "counted": "Показатели за {month} подсчитаны: {unit}.",
        "figures": "Звонки: {received}, из них трубку положили до выбора: {hung_up}.\n"
        "Вопросы о документах: {admin}. Новые сообщения: {reports}. Экстренные: {emergencies}.\n"
        "Не закрыто на конец месяца: {open}.",
        "unbalanced": "Итог не сходится: у части звонков нет вида. Посмотрите страницу, прежде чем подписывать.",
        "sign": "Просмотрите и подпишите их здесь:",
        "signed": "Показатели подписаны. Они здесь:",
        "end": "Письмо отправлено автоматически. В нём нет ничего о звонивших и о сказанном.",
    },
}
