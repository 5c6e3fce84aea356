"""A page to send, made by hand."""

from datetime import UTC, datetime

from hotline.casework.page_words import Subject
from hotline.casework.pages import Page

NOW = datetime(2026, 3, 2, 19, 0, tzinfo=UTC)
FIGHT = Subject("R-2026-0042", "report", "RPT-ASSAULT", "high", "Nà Hoi", {"en": "Na Hoi", "ru": "На Хой"}, True, NOW)
THEFT = Subject("R-2026-0043", "report", "RPT-THEFT", "normal", None, {}, False, NOW)


def page(channel: str, *subjects: Subject, address: str = "", language: str = "en") -> Page:
    return Page(
        ids=tuple(range(1, len(subjects) + 1)),
        key="a-key-of-the-tests",
        channel=channel,
        attempts=1,
        owner="worker",
        fired_at=NOW,
        expires_at=NOW,
        unit_code="suoi-da",
        language=language,
        group="duty",
        login=None,
        line_number="+842101234567",
        subjects=subjects,
        address=address,
    )
