"""A call written down as a scenario, so that it can be played again by `hotline flow test`."""

from typing import Any

import yaml

_A_SECRET = 10  # digits in one entry: a receipt code, which is not written to a disk


class Repro:
    """The steps of one call, as scenarios spell them."""

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._recording = False

    def pressed(self, keys: str) -> None:
        self._recording = False
        digits = sum(key.isdigit() for key in keys)
        self._steps.append({"press": "0" * digits + keys[digits:] if digits >= _A_SECRET else keys})

    def waited(self) -> None:
        if not self._recording:
            self._steps.append({"wait": True})
        self._recording = False

    def spoke(self, seconds: int) -> None:
        if self._recording:
            self._steps[-1]["record"] += seconds
        else:
            self._steps.append({"record": seconds})
        self._recording = True

    def ended_recording(self, key: str) -> None:
        if not self._recording:
            self._steps.append({"record": 0})
        self._steps[-1]["key"] = key
        self._recording = False

    def rang(self, answered: bool) -> None:
        step = {"answered" if answered else "unanswered": True}
        if not self._steps or self._steps[-1] != step:  # several telephones of one group are one step
            self._steps.append(step)

    def hung_up(self) -> None:
        self._steps.append({"hangup": True})

    def as_yaml(self) -> str:
        scenario = {"name": "a call made by hand", "steps": self._steps or [{"hangup": True}], "then": {}}
        return yaml.safe_dump([scenario], sort_keys=False, allow_unicode=True)
