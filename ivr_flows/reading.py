"""YAML as people write it, without YAML's surprises; and errors that name file, node and field."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

Part = tuple[int | str, ...]

MISSING = {"give_up": "R08", "otherwise": "R09", "exits": "R09"}
"""Fields whose absence has a rule of its own; any other broken shape is R01."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one file. `message` already names node and field."""

    file: str
    message: str
    rule: str
    node: str = ""
    field: str = ""

    def __str__(self) -> str:
        return f"{self.file}: {self.message}"


class FlowFileError(Exception):
    """A flow file cannot be read; each line says where (file, node, field) and why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
        self.file, self.node, self.field = faults[0].file, faults[0].node, faults[0].field


def read_mapping(path: Path) -> dict[str, Any]:
    """The YAML mapping of a file, every key a text and none twice. FlowFileError."""
    content = _read(path)
    if not isinstance(content, dict):
        raise FlowFileError(Fault(path.name, "is not a mapping of names", "R01"))
    return content


def read_list(path: Path) -> list[Any]:
    """The YAML list of a file, under the same rules. FlowFileError."""
    content = _read(path)
    if not isinstance(content, list):
        raise FlowFileError(Fault(path.name, "is not a list", "R01"))
    return content


def _read(path: Path) -> object:
    try:
        return yaml.load(path.read_bytes(), _Plain)  # noqa: S506 - a SafeLoader, only stricter
    except OSError as error:
        raise FlowFileError(Fault(path.name, error.strerror or "cannot be read", "R01")) from None
    except _TrapError as trap:
        raise FlowFileError(Fault(path.name, f"line {trap.line}: {trap}", trap.rule)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise FlowFileError(Fault(path.name, f"not YAML: {_in_one_line(error)}", "R01")) from None
    except RecursionError:
        raise FlowFileError(Fault(path.name, "nested too deeply", "R01")) from None


def faults_of(error: ValidationError, file_of: Callable[[Part], str]) -> Iterator[Fault]:
    """What pydantic found, in the words of a flow file; `file_of` knows which file a part came from."""
    for detail in error.errors(include_url=False, include_input=False):
        part, said = tuple(detail["loc"]), detail["msg"]
        rule = MISSING.get(str(part[-1]), "R01") if detail["type"] == "missing" and part else "R01"
        owner, name, field = _owner(part)
        where = ": ".join(word for word in (f"{owner} {name}".strip(), field) if word)
        yield Fault(file_of(part), f"{where}: {said}" if where else said, rule, name, field)


def _owner(part: Part) -> tuple[str, str, str]:
    """("node", "main", "options.1.next"): pydantic's own path has the node's type in the middle."""
    match part:
        case ("nodes", str(node), *rest):
            return "node", node, _dotted(rest[1:])
        case ("prompts", str(), str(prompt), *rest):
            return "prompt", prompt, _dotted(rest)
        case _:
            return "", "", _dotted(part)


def _dotted(part: Part | list[int | str]) -> str:
    return ".".join(str(step) for step in part if step != "[key]")


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


class _TrapError(Exception):
    """A place where YAML 1.1 does not mean what it says."""

    def __init__(self, message: str, node: yaml.Node, rule: str) -> None:
        super().__init__(message)
        self.line, self.rule = node.start_mark.line + 1, rule


class _Plain(yaml.SafeLoader):
    """YAML 1.1 reads `on` as true, `010` as 8, `12:30` as 750 and keeps the last of equal keys. Not here."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            if not isinstance(key, str):
                raise _TrapError(f"the key {key_node.value!r} is not text: put it in quotes", key_node, "R01")
            if key in seen:
                raise _TrapError(f"the key {key!r} stands twice", key_node, "R02")
            seen.add(key)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        if not node.value.lstrip("-").isdecimal() or (len(node.value) > 1 and node.value.startswith("0")):
            raise _TrapError(f"{node.value} is not a plain number: put it in quotes", node, "R01")
        return int(node.value)

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> date:
        try:
            return super().construct_yaml_timestamp(node)
        except ValueError:
            raise _TrapError(f"{node.value} is no day of the calendar", node, "R01") from None


_Plain.add_constructor("tag:yaml.org,2002:int", _Plain.construct_yaml_int)
_Plain.add_constructor("tag:yaml.org,2002:timestamp", _Plain.construct_yaml_timestamp)
