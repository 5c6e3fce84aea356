"""Files that people write to describe the past: YAML checked against a model; what is wrong is told with its line."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from hotline.errors import HotlineError
from ivr_flows.reading import FlowFileError, read_mapping

_MOST_FAULTS = 3  # told at once; the rest comes out as these are mended
Part = tuple[int | str, ...]


class PastFileError(HotlineError):
    """This file about the past cannot be used."""


class Strict(BaseModel):
    """A part of such a file: nothing in it that is not known, nothing changed once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)


Described = TypeVar("Described", bound=Strict)


def read_described(file: Path, model: type[Described]) -> Described:
    """The file as its model. Raises PastFileError, in one line, with the line and the field of each mistake."""
    try:
        return model.model_validate(read_mapping(file))
    except FlowFileError as error:
        raise PastFileError(str(error.faults[0])) from None
    except ValidationError as error:
        faults = list(_faults(error, file))
    more = f"; and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    raise PastFileError(f"{file.name}, {'; '.join(faults[:_MOST_FAULTS])}{more}")


def _faults(error: ValidationError, file: Path) -> Iterator[str]:
    lines = _lines(file)
    for detail in error.errors(include_url=False, include_input=False):
        part = tuple(step for step in detail["loc"] if step != "[key]")
        said = detail["msg"].removeprefix("Value error, ").rstrip(".")
        yield f"line {_line_of(part, lines)}: {'.'.join(map(str, part)) or 'the file'}: {said}"


def _line_of(part: Part, lines: dict[Part, int]) -> int:
    """The line of a part, or of what it would stand in."""
    return lines[part] if part in lines else _line_of(part[:-1], lines)


def _lines(file: Path) -> dict[Part, int]:
    root = yaml.compose(file.read_bytes(), yaml.SafeLoader)
    return dict(_walk((), root)) if root is not None else {(): 1}


def _walk(part: Part, node: yaml.Node) -> Iterator[tuple[Part, int]]:
    """Every part with its line; of a named one, the line of its name."""
    yield part, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _walk((*part, key.value), value)
            yield (*part, key.value), key.start_mark.line + 1
    elif isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield from _walk((*part, place), value)
