"""The worker's log: one line of JSON an event, made of fixed words, counts and moments only."""

import json
import logging

_log = logging.getLogger("hotline.worker")


def event(what: str, **facts: str | int | bool | None) -> None:
    """Say what happened."""
    _log.info("%s", json.dumps({"event": what, **facts}))


def trouble(job: str, what: str) -> None:
    """Say that a job did not get through; it is asked again at its next beat."""
    _log.warning("%s", json.dumps({"job": job, "trouble": what}))
