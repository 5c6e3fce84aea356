"""Statements compiled once and handed to the driver as they are: for the few that every webhook needs."""

from collections.abc import Callable, Iterable, Mapping
from itertools import repeat
from typing import Any, Protocol

from sqlalchemy import Boolean, Connection, Delete, Dialect, Insert, Select, Update
from sqlalchemy.sql.compiler import SQLCompiler

_Convert = Callable[[Any], Any]
_Statement = Select[Any] | Insert | Update | Delete


class Outcome(Protocol):
    """What the driver tells of a statement: how many rows changed, and the next row as plain values."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...


class Prepared:
    """A Core statement without the cost of Core. Every bound parameter is given by name at each call.

    Values go in as their columns want them and come out as the driver has them: booleans may be numbers, moments
    may be text."""

    def __init__(self, statement: _Statement) -> None:
        self._statement = statement
        self._for: dict[str, _Compiled] = {}

    def __call__(self, connection: Connection, values: Mapping[str, Any]) -> Outcome:
        return self._compiled(connection).execute(connection, values)

    def many(self, connection: Connection, columns: Mapping[str, Iterable[Any]]) -> None:
        """The statement for each of many rows, in one go of the driver. The values are given column by column, at
        least one of them: of a million rows, a mapping for each would cost more than the row itself."""
        self._compiled(connection).execute_many(connection, columns)

    def _compiled(self, connection: Connection) -> "_Compiled":
        name = connection.dialect.name
        compiled = self._for.get(name)
        if compiled is None:
            compiled = self._for[name] = _Compiled(self._statement, connection.dialect)
        return compiled


class _Compiled:
    """A statement in the words of one kind of database."""

    def __init__(self, statement: _Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - narrows the type
        self._text = str(compiled)
        self._order: list[str] | None = list(compiled.positiontup) if compiled.positiontup is not None else None
        self._names = self._order or list(compiled.bind_names.values())
        converters = {name: _converter(bind.type, dialect) for bind, name in compiled.bind_names.items()}
        self._converters = {name: convert for name, convert in converters.items() if convert is not None}
        self._constants = {
            name: converters[name](bind.value) if converters[name] else bind.value  # type: ignore[misc]
            for bind, name in compiled.bind_names.items()
            if not bind.required
        }

    def execute(self, connection: Connection, values: Mapping[str, Any]) -> Outcome:
        given = self._given(values)
        if self._order is None:
            return connection.exec_driver_sql(self._text, given)
        driver: Any = connection.connection.driver_connection
        outcome: Outcome = driver.execute(self._text, [given[name] for name in self._order])
        return outcome

    def execute_many(self, connection: Connection, columns: Mapping[str, Iterable[Any]]) -> None:
        rows = zip(*(self._column(name, columns) for name in self._names), strict=False)  # constants have no end
        if self._order is not None:
            driver: Any = connection.connection.driver_connection
            driver.executemany(self._text, rows)
        elif named := [dict(zip(self._names, row, strict=True)) for row in rows]:
            connection.exec_driver_sql(self._text, named)

    def _column(self, name: str, columns: Mapping[str, Iterable[Any]]) -> Iterable[Any]:
        if name in self._constants:
            return repeat(self._constants[name])
        convert = self._converters.get(name)
        return map(convert, columns[name]) if convert else columns[name]

    def _given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        given = {**self._constants, **values}
        for name, convert in self._converters.items():
            if name not in self._constants:
                given[name] = convert(given[name])
        return given


_NUMBER_OF = {True: 1, False: 0, None: None}


def _converter(kind: Any, dialect: Dialect) -> _Convert | None:
    if isinstance(kind, Boolean) and not dialect.supports_native_boolean:
        return _NUMBER_OF.__getitem__  # SQLAlchemy's own asks three questions of each value
    convert: _Convert | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert
