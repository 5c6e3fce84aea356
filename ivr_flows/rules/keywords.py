"""How a key is said aloud in each language, and where in a text it is said."""

import re
from dataclasses import dataclass

NUMBERS = {
    "vi": "không một hai ba bốn năm sáu bảy tám chín sao thăng",
    "en": "zero one two three four five six seven eight nine star hash",
    "ru": "ноль один два три четыре пять шесть семь восемь девять звёздочка решётка",
}
ALSO = {
    "vi": {"bẩy": "7"},
    "en": {"asterisk": "*", "pound": "#"},
    "ru": {"единицу": "1", "двойку": "2", "тройку": "3", "звёздочку": "*", "звездочку": "*", "решётку": "#"},
}
BEFORE = {
    "vi": r"phím(?:\s+số)?",
    "en": r"(?:press|key|dial)(?:\s+(?:the|key|number))*",
    "ru": r"(?:нажмите|нажать|клавиш\w*|кнопк\w*)(?:\s+(?:на|клавишу|кнопку|цифру))*",
}


@dataclass(frozen=True, slots=True)
class Said:
    """A key, said in a text at a place counted in characters."""

    key: str
    at: int


def keys_said(text: str, language: str) -> list[Said]:
    """The keys that a prompt asks for, in its order. In a language unknown here (`NUMBERS`), every lone digit."""
    if language not in NUMBERS:
        return [Said(found[0], found.start()) for found in re.finditer(r"(?<![\w*#])[0-9*#](?![\w*#])", text)]
    names = _names(language)
    spoken = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = rf"\b{BEFORE[language]}\s+(?:({spoken})(?!\w)|([0-9*#])(?!\d))"
    found = re.finditer(pattern, text, re.IGNORECASE)
    return [Said(match[2] or names[match[1].lower()], match.start()) for match in found]


def _names(language: str) -> dict[str, str]:
    return dict(zip(NUMBERS[language].split(), "0123456789*#", strict=True)) | ALSO[language]
