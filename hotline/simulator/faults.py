"""What a carrier gets wrong, on purpose."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["voice", "status", "recording", "sms"]


@dataclass(frozen=True, slots=True)
class Faults:
    """The carrier's bad days. Nothing is wrong by default; counts are of the first so many times.

    Webhooks: `copies` posts each of them so often (the answers must be equal, byte for byte); `lost_answers` throws
    answers of voice webhooks away as if 15 s had passed; `unreachable` never sends them; `held` kinds of callbacks
    wait for `deliver`, `missing` kinds are never sent.
    `unheard` requests to place a call or send a message are done and answered with 503; `refused` ones are not done.
    Fetching a recording: 404, 429 (with Retry-After), 503 or a dropped connection at first; then a recording that is
    cut in half, of another type, empty, or `huge_bytes` long."""

    copies: int = 1
    lost_answers: int = 0
    unreachable: int = 0
    held: frozenset[Kind] = frozenset()
    missing: frozenset[Kind] = frozenset()
    empty_recordings: Literal["fall through", "post"] = "fall through"
    not_found: int = 0
    too_many_requests: int = 0
    retry_after_s: int = 1
    unavailable: int = 0
    dropped: int = 0
    truncated: bool = False
    wrong_type: bool = False
    emptied: bool = False
    huge_bytes: int = 0
    unheard: int = 0
    refused: int = 0
