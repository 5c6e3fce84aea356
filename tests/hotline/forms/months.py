"""Months of the invented commune of Suối Đá, made up so that each shows something that a form could get wrong."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from hotline.casework.months import Month
from hotline.casework.statistics.figures import Entered, Figures, Former, InTime, MonthlyStatistics, Part, Signature
from tests import cast

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOSTILE = (
    '=HYPERLINK("http://example.org","Khe")',
    "+84912345678",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "#strong[x] $x$ *y* _z_ `q` \\ // <a> @ref ~",
    "<script>alert(1)</script> & 'Khe' \"Sương\"",
    "sep=;\r\n1;2",
    "Khe\u202e Mận",
    "'apostrophe",
    "Đèo Gió; Suối, Đá",
)

NOVEMBER = Figures(
    received=127,
    hung_up=9,
    kinds={"admin": 84, "report": 14, "addition": 5, "duplicate": 2, "emergency": 3, "other": 10},
    categories={
        "ADM-ID": 21,
        "ADM-REST": 30,
        "ADM-STAY": 12,
        "ADM-VNEID": 11,
        "ADM-INFO": 10,
        "RPT-DRUG-USE": 6,
        "RPT-THEFT": 4,
        "RPT-LAND": 3,
        "RPT-ADDINFO": 5,
        "EMG-VIOL": 2,
        "EMG-FIRE": 1,
        "OTH-WRONG": 6,
        "OTH-SILENT": 4,
    },
    places={"Khe Mận": 48, "Bản Suối": 31, "Đèo Cao": 17, "unknown": 22},
    languages={"vi": 110, "en": 3, "ru": 5},
    hours=(0, 0, 1, 2, 0, 1, 3, 8, 14, 15, 12, 9, 4, 6, 9, 8, 7, 4, 3, 4, 3, 2, 1, 2),
    office_hours=88,
    evening=21,
    night=9,
    answered_by_ivr=71,
    texts=4,
    anonymous_reports=6,
    first_officer_s=42,
    steps={"verified": 9, "filed": 6, "transferred": 2, "mediated": 1, "closed": 8},
    outcomes={"CONFIRMED": 4, "PARTLY": 2, "UNFOUNDED": 2, "MEDIATED": 1},
    measures={"EDU-COMMUNE": 2, "REHAB-COMP": 10},
    persons=12,
    confirmed=Part(6, 8),
    valuable=Part(6, 10),
    deadlines=InTime(11, 10),
    acknowledged_in_time={"critical": InTime(3, 3), "high": InTime(4, 3), "normal": InTime(9, 8)},
    open_at_end=5,
    oldest_open_days=19,
    incidents={"injury": 1},
    entered={
        "keychain_households": 1199,
        "keychain_households_of": 1200,
        "footage_requested": 3,
        "footage_received": 2,
    },
    repeat_callers=8,
    minutes=341,
)
OCTOBER = replace(
    NOVEMBER,
    received=101,
    hung_up=3,
    kinds={"admin": 71, "report": 10, "addition": 4, "duplicate": 0, "emergency": 1, "other": 12},
    places={"Khe Mận": 40, "Suối Cạn": 33, "unknown": 25},
    confirmed=Part(2, 4),
    valuable=Part(0, 0),
    first_officer_s=None,
    oldest_open_days=3,
)


def month(figures: Figures = NOVEMBER, **changes: object) -> MonthlyStatistics:
    """November 2026 at Suối Đá, a year after the line had not been there yet."""
    made = MonthlyStatistics(
        unit="suoi-da",
        unit_name="Công an xã Suối Đá",
        month=Month(2026, 11),
        timezone="Asia/Ho_Chi_Minh",
        figures=figures,
        previous=OCTOBER,
        same_month_last_year=Figures(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


TYPICAL = month()
ENTERED = month(
    entries=(Entered("keychain_households_of", 1200, cast.LY.name, datetime(2026, 11, 30, 17, tzinfo=ZONE)),),
    in_course=1,
    so_far=True,
)
EMPTY = month(Figures(), previous=Figures())
SO_FAR = month(so_far=True)
UNBALANCED = month(replace(NOVEMBER, received=129), out_of_balance=tuple(range(1017, 1077)))
SIGNED = month(signature=Signature(cast.THAO.name, datetime(2026, 12, 1, 8, 30, tzinfo=ZONE)), signed=NOVEMBER)
REVISED = month(
    replace(NOVEMBER, kinds={**NOVEMBER.kinds, "admin": 83, "report": 15}, anonymous_reports=7),
    signature=SIGNED.signature,
    signed=NOVEMBER,
)
HUGE = month(
    replace(
        NOVEMBER,
        received=1_000_000_009,
        kinds={**NOVEMBER.kinds, "admin": 999_999_966},
        places={f"Thôn {number}": number * 1_000 for number in range(1, 31)},
        incidents={f"type {number}": number for number in range(28)},
        hours=(987_654_321,) * 24,
    )
)
HOSTILE_NAMES = month(
    replace(
        NOVEMBER,
        places={name: place for place, name in enumerate(HOSTILE)},
        entered={name: place for place, name in enumerate(HOSTILE)},
        categories={**NOVEMBER.categories, "=OLD-CODE": 2},
    ),
    unit_name='=cmd|"/C calc"!A1 #[x] $y$',
    signature=Signature("@Thào *#panic()*", datetime(2026, 12, 1, 8, 30, tzinfo=ZONE)),
    signed=NOVEMBER,
)
_OF_LINES_ONLY = {"incidents": {}, "entered": {}, "repeat_callers": None}
FORMER = month(
    replace(NOVEMBER, **_OF_LINES_ONLY),  # type: ignore[arg-type]
    previous=replace(OCTOBER, **_OF_LINES_ONLY),  # type: ignore[arg-type]
    former=Former("deo-gio", "Xã Đèo Gió"),
)
MONTHS = {
    "former": FORMER,
    "typical": TYPICAL,
    "empty": EMPTY,
    "so far": SO_FAR,
    "unbalanced": UNBALANCED,
    "signed": SIGNED,
    "revised": REVISED,
    "huge": HUGE,
    "hostile": HOSTILE_NAMES,
}
