"""The rules a flow must keep before it may answer a call."""

from pathlib import Path

from ivr_flows.definition import Flow
from ivr_flows.loader import load_flow
from ivr_flows.reading import FlowFileError
from ivr_flows.rules.finding import Finding
from ivr_flows.rules.paths import paths
from ivr_flows.rules.recordings import recordings
from ivr_flows.rules.shape import shape
from ivr_flows.rules.variables import variables
from ivr_flows.rules.wording import wording

__all__ = ["Finding", "lint", "lint_file"]


def lint(flow: Flow, audio_root: Path | None = None) -> list[Finding]:
    """All that is wrong, errors first. Paths are followed only once every target exists and every exit is there."""
    found = [*shape(flow), *wording(flow), *recordings(flow, audio_root)]
    if not any(finding.rule in ("R03", "R09") for finding in found):
        found += [*paths(flow), *variables(flow)]
    return sorted(found, key=lambda finding: (finding.severity, finding.rule, finding.where, finding.message))


def lint_file(path: Path) -> list[Finding]:
    """The same for a file and the recordings in `audio/` beside it; what cannot be read is a finding too."""
    try:
        return lint(load_flow(path), path.parent / "audio")
    except FlowFileError as error:
        return [Finding(fault.rule, "error", fault.file, fault.message) for fault in error.faults]
