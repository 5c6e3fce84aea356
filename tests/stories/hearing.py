"""What a caller made out of a call: which prompts were spoken, how often, and the code."""

import re

from hotline.simulator.phone_call import PhoneCall
from ivr_flows.loader import shipped_flow

_GAP = re.compile(r"\{[a-z._]+\}")
_CODE = re.compile(r"(?:\d \d \d \d(?:, )?){3}")


def words(call: PhoneCall) -> str:
    """All that the caller was told, in order."""
    return " ".join(said.text for said in call.heard if said.to == "caller")


def heard(call: PhoneCall, prompt: str, language: str = "vi") -> int:
    """How often a prompt of the shipped flow was spoken to the caller, whole."""
    parts = _GAP.split(shipped_flow().prompts[language][prompt].text)
    return len(re.findall(".+?".join(re.escape(part) for part in parts), words(call)))


def last(call: PhoneCall) -> str:
    """The last thing that was said."""
    return call.heard[-1].text


def code(call: PhoneCall) -> str:
    """The receipt code: twelve digits, spoken one by one in groups of four, and twice."""
    spoken = _CODE.findall(words(call))
    assert len(spoken) >= 2, "no code was spoken twice"
    assert len({re.sub(r"\D", "", one) for one in spoken}) == 1, "two different codes"
    return re.sub(r"\D", "", spoken[0])
