"""The parts of a step, each alone in this process: microseconds, the best of several rounds."""

import time
from collections.abc import Callable

from hotline.telephony import twiml
from hotline.telephony.profiles import profile_of
from ivr_flows import engine
from ivr_flows.loader import CATALOG, canonical_json, flow_from_json, load_flow, shipped_flow
from ivr_flows.turn import Keys, Turn

FACTS = {"hours.office": "open", "unit.name": "Suối Đá", "places": "11 12 13"}


def measure() -> dict[str, float]:
    """How long each part takes, by its name."""
    flow = shipped_flow()
    text = canonical_json(flow)
    opening = engine.start(flow, FACTS)
    menu = engine.resume(flow, opening.position, Keys("1"), FACTS)
    fixed = twiml.fixed_texts(flow, FACTS["unit.name"])
    return {
        "flow from YAML, with its prompts": _best(lambda: load_flow(CATALOG / "keychain.yaml"), 1),
        "flow from stored JSON": _best(lambda: flow_from_json(text), 3),
        "engine, one step": _best(lambda: engine.resume(flow, menu.position, Keys("1"), FACTS), 2000),
        "render, kept": _best(lambda: _render(menu, fixed), 2000),
        "render, not kept": _best(lambda: _render(menu, frozenset()), 500),
    }


def _render(turn: Turn, fixed: frozenset[str]) -> str:
    address = twiml.Address("https://line.example.org", "a-call-of-the-benchmark", 2)
    return twiml.render(turn, address, profile_of("twilio"), fixed=fixed)


def _best(work: Callable[[], object], times: int, rounds: int = 3) -> float:
    work()
    return min(_once(work, times) for _ in range(rounds))


def _once(work: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        work()
    return 1_000_000 * (time.perf_counter() - began) / times
