"""The people of the tests. All are invented, and so is their commune; their numbers are phonenumbers' examples.

Nobody here is modelled on anyone. The line is the library's example of a Vietnamese landline; mobiles are its
example mobile and the numbers beside it.
"""

from dataclasses import dataclass

THE_LINE = "+842101234567"  # of the commune of Suối Đá
ANOTHER_LINE = "+842101234568"  # of its neighbour, Đèo Gió
WITHHELD = "anonymous"


@dataclass(frozen=True, slots=True)
class Caller:
    name: str
    number: str
    language: str


@dataclass(frozen=True, slots=True)
class Officer:
    name: str
    login: str
    role: str
    number: str
    password: str


MAY = Caller("Bà Mẩy", "+84912345678", "vi")  # elderly, hard of hearing, a button phone
PAO = Caller("Anh Páo", "+84912345679", "vi")  # a farmer; will be rung back
SEN = Caller("Cô Sen", WITHHELD, "vi")  # saw something, is afraid
IVAN = Caller("Ivan", "+84912345680", "ru")  # a guest at the homestay
GRACE = Caller("Grace", "+84912345681", "en")  # teaches for a year

HANH = Officer("Hạnh", "hanh", "duty", "+84912345601", "hanh-keeps-the-night-watch")
QUAN = Officer("Quân", "quan", "duty", "+84912345602", "quan-keeps-the-day-watch")
LY = Officer("Lý", "ly", "deputy", "+84912345603", "ly-reads-before-signing")
THAO = Officer("Thào", "thao", "chief", "+84912345604", "thao-answers-for-all-of-it")
DUNG = Officer("Dung", "dung", "province", "+84912345605", "dung-counts-and-never-listens")
SINH = Officer("Sinh", "sinh", "duty", "+84912345606", "sinh-works-in-the-next-commune")
VU = Officer("Vừ", "vu", "chief", "+84912345607", "vu-commands-in-the-next-commune")

DUTY = (HANH, QUAN)
COMMAND = (LY, THAO)
