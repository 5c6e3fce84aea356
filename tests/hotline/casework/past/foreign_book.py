"""A call book of somebody else: 3,000 lines in Russian, windows-1251, semicolons, dd.mm.yyyy; invented, and the same
every time. Fifty lines are broken, five of each of ten kinds.

`python -m tests.hotline.casework.past.foreign_book FOLDER` writes it with its mapping."""

import random
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

LINES = 3000
OF_EACH_KIND = 5
HEADER = "№;Дата;Время;Вид звонка;Категория;Место;Язык;Длительность, мин;Результат;Мера;Лиц;Дата завершения"
MAP = """\
book: old-duty-book
encoding: windows-1251
separator: ";"
decimal: ","
since: 2019-01-01
columns:
  serial: {column: "№"}
  started_at: {column: ["Дата", "Время"], formats: ["%d.%m.%Y %H:%M"]}
  kind:
    column: "Вид звонка"
    values: {Справка: admin, Сообщение: report, Дополнение: addition, Повтор: duplicate, Тревога: emergency,
             Прочее: other, Сброс: hung_up}
  category:
    column: "Категория"
    values: {Регистрация: ADM-REST, Паспорт: ADM-ID, Наркотики: RPT-DRUG-USE, Кража: RPT-THEFT, Шум: RPT-ORDER,
             Пожар: EMG-FIRE, Драка: EMG-VIOL, Ошибка: OTH-WRONG}
  place: {column: "Место"}
  language: {column: "Язык", values: {вьетнамский: vi, русский: ru}}
  duration: {column: "Длительность, мин", unit: minutes}
  status: {column: "Результат", values: {Оформлено: FILED, Проверено: VERIFIED, Передано: TRANSFERRED}}
  measure: {column: "Мера", values: {воспитание в коммуне: EDU-COMMUNE, принудительное лечение: REHAB-COMP}}
  persons: {column: "Лиц"}
  settled_on: {column: "Дата завершения", formats: ["%d.%m.%Y"]}
"""
_OF_KIND = {
    "Справка": ("Регистрация", "Паспорт"),
    "Сообщение": ("Наркотики", "Кража", "Шум"),
    "Дополнение": ("",),
    "Повтор": ("Кража",),
    "Тревога": ("Пожар", "Драка"),
    "Прочее": ("Ошибка",),
    "Сброс": ("",),
}
_HOW_MANY = (55, 25, 4, 3, 3, 6, 4)
PLACES = ("Кхе Ман", "ЛАНГ ДАО", "На Хой", "Khe Man", "")
Cells = list[str]

BREAKS: dict[str, Callable[[Cells], str]] = {
    "no such day": lambda cells: ";".join([cells[0], "31.02.2021", *cells[2:]]),
    "two digits": lambda cells: ";".join([cells[0], cells[1][:6] + cells[1][8:], *cells[2:]]),
    "other way round": lambda cells: ";".join([cells[0], "04.25.2021", *cells[2:]]),
    "spreadsheets keep dates": lambda cells: ";".join([cells[0], "44567", "", *cells[3:]]),
    "not come yet": lambda cells: ";".join([cells[0], "01.01.2087", *cells[2:]]),
    "quotation mark": lambda cells: ";".join([*cells[:5], f'"{cells[5]}', *cells[6:]]),
    "NUL": lambda cells: ";".join([*cells[:5], f"{cells[5]}\0", *cells[6:]]),
    "cells, the header": lambda cells: ";".join(cells[:-3]),
    "what this value means": lambda cells: ";".join([*cells[:3], "Жалоба на погоду", *cells[4:]]),
    "formula": lambda cells: ";".join([*cells[:4], "=2+5+cmd|' /C calc'!A0", *cells[5:]]),
}
"""How a line is broken, by words of the reason for which it is then rejected."""


def lines(number: int = LINES, seed: int = 4) -> list[str]:
    """The lines of the book without its header; every sixtieth is broken, one kind after the other."""
    chance = random.Random(seed)
    at = datetime(2019, 2, 1, 6, 30)  # noqa: DTZ001 - on the wall of the commune
    every, breaks, found = LINES // (OF_EACH_KIND * len(BREAKS)), list(BREAKS.values()), []
    for serial in range(1, number + 1):
        at += timedelta(minutes=chance.randint(20, 900)) * LINES / max(number, LINES)  # a longer book is a busier one
        cells = _cells(chance, serial, at)
        whole = ";".join(cells)
        found.append(breaks[serial // every % len(breaks)](cells) if serial % every == 0 else whole)
    return found


def _cells(chance: random.Random, serial: int, at: datetime) -> Cells:
    [kind] = chance.choices(list(_OF_KIND), _HOW_MANY)
    category = chance.choice(_OF_KIND[kind])
    done = chance.choice(("Оформлено", "Проверено", "Передано", "")) if kind == "Сообщение" else ""
    measure = "принудительное лечение" if done == "Оформлено" and category == "Наркотики" else ""
    return [
        str(serial),
        f"{at:%d.%m.%Y}",
        f"{at:%H:%M}",
        kind,
        category,
        chance.choice(PLACES),
        chance.choice(("вьетнамский", "вьетнамский", "русский", "")),
        f"{chance.randint(1, 90) / 10:.1f}".replace(".", ","),
        done,
        measure,
        str(chance.randint(1, 3)) if measure else "",
        f"{at + timedelta(days=chance.randint(0, 9)):%d.%m.%Y}" if done else "",
    ]


def write(folder: Path, number: int = LINES) -> tuple[Path, Path]:
    """Write the book and its mapping; their paths."""
    book, mapping = folder / "zhurnal.csv", folder / "zhurnal.map.yaml"
    text = "\r\n".join((HEADER, *lines(number), ""))
    book.write_bytes(text.encode("windows-1251"))
    mapping.write_text(MAP, encoding="utf-8")
    return book, mapping


if __name__ == "__main__":
    print(*write(Path(sys.argv[1])), sep="\n")
