"""From files to a Flow (`X.yaml`, and `prompts/<language>.yaml` beside it), and a flow's version."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ivr_flows.definition import Flow
from ivr_flows.reading import Fault, FlowFileError, Part, faults_of, read_mapping

CATALOG = Path(__file__).parent / "catalog"


def load_flow(path: Path) -> Flow:
    """The flow of a file with its prompts. Without `prompts/` beside it: the shipped ones. FlowFileError."""
    raw = read_mapping(path)
    if "prompts" in raw:
        raise FlowFileError(Fault(path.name, "prompts: belongs in prompts/<language>.yaml", "R01"))
    return _flow(path, {**raw, "prompts": _prompts(path, raw.get("languages"))})


@cache
def shipped_flow() -> Flow:
    """The flow of the keychain number as it comes with this package."""
    return load_flow(CATALOG / "keychain.yaml")


def canonical_json(flow: Flow) -> str:
    """The flow as one text. Keys are not sorted: languages are spoken in the order in which they stand."""
    return json.dumps(flow.model_dump(by_alias=True, mode="json"), ensure_ascii=False, separators=(",", ":"))


def version(flow: Flow) -> str:
    """What a call is pinned to: SHA-256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(flow).encode()).hexdigest()


def flow_from_json(text: str | bytes) -> Flow:
    """The flow that `canonical_json` wrote. FlowFileError."""
    try:
        return Flow.model_validate_json(text)
    except ValidationError as error:
        raise FlowFileError(*faults_of(error, lambda _: "stored flow")) from None


def _prompts(path: Path, languages: object) -> dict[str, Any]:
    folder = path.parent / "prompts"
    if not folder.is_dir():
        folder = CATALOG / "prompts"
    if not isinstance(languages, Mapping):
        return {}  # the flow's own error says what is wrong with `languages`
    return {language: _spelled_out(read_mapping(folder / f"{language}.yaml")) for language in languages}


def _spelled_out(prompts: dict[str, Any]) -> dict[str, Any]:
    return {name: {"text": value} if isinstance(value, str) else value for name, value in prompts.items()}


def _flow(path: Path, raw: dict[str, Any]) -> Flow:
    def file_of(part: Part) -> str:
        return f"prompts/{part[1]}.yaml" if part[:1] == ("prompts",) and len(part) > 1 else path.name

    try:
        return Flow.model_validate(raw)
    except ValidationError as error:
        raise FlowFileError(*faults_of(error, file_of)) from None
