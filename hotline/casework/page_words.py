"""What an officer hears and reads of a report that waits: category, place, urgency, reference, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr_flows.taxonomy import load_taxonomy

LANGUAGES = ("vi", "en", "ru")
TAGS = {"vi": "vi-VN", "en": "en-US", "ru": "ru-RU"}
MOST_IN_A_TEXT = 5


@dataclass(frozen=True)
class Subject:
    """A report as an officer may be told of it on any line."""

    reference: str
    kind: str
    category: str | None
    urgency: str
    place: str | None
    place_names: Mapping[str, Any]
    happening_now: bool
    received_at: datetime

    def category_in(self, language: str) -> str:
        taxonomy = load_taxonomy()
        code = taxonomy.codes.get(self.category or "")
        names = code.names if code else taxonomy.kinds.get(self.kind, taxonomy.kinds["other"])
        return names[language]

    def urgency_in(self, language: str) -> str:
        return load_taxonomy().urgencies[self.urgency].names[language]

    def place_in(self, language: str) -> str:
        if self.place is None:
            return _WORDS[language]["no_place"]
        return str(self.place_names.get(language) or self.place)

    def in_one_line(self, language: str) -> str:
        parts = (self.reference, self.urgency_in(language), self.category_in(language), self.place_in(language))
        return ", ".join([*parts, *([_WORDS[language]["now"]] if self.happening_now else [])])


def spoken_language(*wanted: str) -> str:
    """The first of these languages that there are words in; Vietnamese where there is none."""
    return next((language for language in wanted if language in LANGUAGES), "vi")


def text_words(subjects: Sequence[Subject], language: str) -> str:
    """A text message: what waits, and how to answer."""
    words = _WORDS[language]
    listed = "\n".join(subject.in_one_line(language) for subject in subjects[:MOST_IN_A_TEXT])
    more = len(subjects) - MOST_IN_A_TEXT
    rest = "\n" + words["more"].format(count=more) if more > 0 else ""
    return f"{words['waits']}\n{listed}{rest}\n{words['reply'].format(reference=subjects[0].reference)}"


def mail_words(subjects: Sequence[Subject], language: str, console: str) -> tuple[str, str]:
    """A letter: its subject line and its text. `console` is where the reports are read."""
    words = _WORDS[language]
    listed = "\n".join(
        f"{subject.in_one_line(language)}\n  {console}/reports/{subject.reference}" for subject in subjects
    )
    first = subjects[0]
    title = first.in_one_line(language) if len(subjects) == 1 else words["many"].format(count=len(subjects))
    return title, f"{words['waits']}\n\n{listed}\n\n{words['mail_end']}\n"


def question_words(subject: Subject, language: str) -> str:
    """What an officer hears on picking up."""
    words = _WORDS[language]
    heard = subject.in_one_line(language).replace(subject.reference, spelt(subject.reference), 1)
    return f"{words['waits']} {heard}. {words['keys']}"


def taken_words(reference: str, by: str | None, at: datetime | None, language: str) -> str:
    """That somebody else has the report; `at` on the clock of the unit."""
    words = _WORDS[language]
    if by is None or at is None:
        return words["over"].format(reference=reference)
    return words["taken"].format(reference=reference, by=by, at=f"{at:%H:%M}")


def yours_words(reference: str, language: str) -> str:
    return _WORDS[language]["yours"].format(reference=reference)


def passed_words(reference: str, language: str) -> str:
    return _WORDS[language]["passed"].format(reference=reference)


def trouble_words(language: str) -> str:
    """What an officer hears whose key could not be stored."""
    return _WORDS[language]["trouble"]


def spelt(reference: str) -> str:
    """R-2026-0042 as it is said: the year is left out, the number digit by digit."""
    return " ".join(reference.rpartition("-")[2].lstrip("0") or "0")


_WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "waits": "Đường dây nóng: có tin chờ người nhận.",
        "reply": "Trả lời: 1 {reference} để nhận, 2 {reference} để chuyển.",
        "more": "và {count} tin khác",
        "many": "Đường dây nóng: {count} tin chờ người nhận",
        "mail_end": "Mở trang báo cáo để nhận tin. Thư này không có nội dung và thông tin người gọi.",
        "keys": "Bấm phím 1 để nhận, phím 2 để chuyển cho người khác.",
        "no_place": "chưa rõ địa điểm",
        "now": "đang xảy ra",
        "taken": "Tin {reference} đã có người nhận: {by}, lúc {at}.",
        "over": "Tin {reference} đã được xử lý.",
        "yours": "Đồng chí đã nhận tin {reference}. Xin cảm ơn.",
        "passed": "Đã chuyển tin {reference} cho người khác.",
        "trouble": "Chưa ghi được. Xin mở trang báo cáo để nhận tin.",
    },
    "en": {
        "waits": "Hotline: a report waits for an officer.",
        "reply": "Reply 1 {reference} to take it, 2 {reference} to pass it on.",
        "more": "and {count} more",
        "many": "Hotline: {count} reports wait for an officer",
        "mail_end": "Open the report's page to take it. This letter holds nothing of the caller or of what was said.",
        "keys": "To take it press 1. To pass it on press 2.",
        "no_place": "place not given",
        "now": "happening now",
        "taken": "Report {reference} is taken: {by}, at {at}.",
        "over": "Report {reference} is settled already.",
        "yours": "You have taken report {reference}. Thank you.",
        "passed": "Report {reference} is passed on.",
        "trouble": "That could not be noted. Please take the report on its page.",
    },
    "ru": {
        "waits": "Горячая линия: сообщение ждёт сотрудника.",
        "reply": "Ответьте 1 {reference}, чтобы принять, 2 {reference}, чтобы передать.",
        "more": "и ещё {count}",
        "many": "Горячая линия: сообщений ждут сотрудника: {count}",
        "mail_end": "Откройте страницу сообщения, чтобы принять его. В письме нет ничего о звонившем и о сказанном.",
        "keys": "Чтобы принять, нажмите 1. Чтобы передать другому, нажмите 2.",
        "no_place": "место не указано",
        "now": "происходит сейчас",
        "taken": "Сообщение {reference} уже принято: {by}, в {at}.",
        "over": "По сообщению {reference} работа уже закончена.",
        "yours": "Вы приняли сообщение {reference}. Спасибо.",
        "passed": "Сообщение {reference} передано другому.",
        "trouble": "Не удалось записать. Примите сообщение на его странице.",
    },
}
