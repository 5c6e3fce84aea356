"""Callers who keep ringing while processes die, and remember all that they were promised."""

import random
import re
import threading
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.phone_call import PhoneCall, WrongMomentError
from tests.cast import THE_LINE
from tests.stories.hearing import words

_CODE = re.compile(r"(?:\d \d \d \d(?:, )?){3}")
_STEP = re.compile(r"/voice/([^/]+)/(\d+)")
_PATHS = ("11621#", "11622#", "11623#", "1162", "1134", "9", "2131", "116")
NUMBERS = [f"+849123456{number}" for number in range(20, 50)]


@dataclass(frozen=True)
class Promise:
    """A step that was answered 2xx: visit 0 is the first webhook, whose address holds no key."""

    carrier_call_id: str
    visit: int


@dataclass
class Callers:
    """So many callers at once, each with a seed of its own."""

    carrier: StandInCarrier
    count: int
    seed: int
    calls: list[PhoneCall] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _troubles: list[BaseException] = field(default_factory=list)

    def __enter__(self) -> "Callers":
        for number in range(self.count):
            dice = random.Random(self.seed * 1000 + number)
            self._threads.append(threading.Thread(target=self._keep_ringing, args=(dice,), name=f"caller {number}"))
            self._threads[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)
        assert not self._troubles, self._troubles

    def _keep_ringing(self, dice: random.Random) -> None:
        try:
            while not self._over.is_set():
                call = self.carrier.dial(dice.choice(NUMBERS), THE_LINE)
                self.calls.append(call)
                _talk(call, dice)
                self._over.wait(0.3 if call.failed else 0.02)
        except BaseException as trouble:
            self._troubles.append(trouble)

    # ---- what was promised -----------------------------------------------------------------------------------------

    @property
    def promises(self) -> list[Promise]:
        return [promise for call in self.calls for promise in _promises(call)]

    @property
    def codes(self) -> list[str]:
        """The receipt codes that were heard."""
        found = [_CODE.findall(words(call)) for call in self.calls]
        return [re.sub(r"\D", "", codes[0]) for codes in found if codes]

    @property
    def announced(self) -> set[str]:
        """The recordings of which the hotline said that it knows them."""
        return {
            exchange.form["RecordingSid"]
            for call in self.calls
            for exchange in call.requests
            if exchange.kind == "recording" and exchange.answer is not None and exchange.answer.ok
        }


def _talk(call: PhoneCall, dice: random.Random) -> None:
    try:
        for key in dice.choice(_PATHS):
            if call.ended:
                return
            if call.awaits == "recording":
                call.record(2)
            call.press(key) if call.awaits in ("keys", "recording") else call.wait()
        if call.awaits == "recording":
            call.record(3)
            call.press("#") if dice.random() < 0.7 else call.hang_up()
    except WrongMomentError:
        pass  # the line broke down under the caller, who gives up
    finally:
        call.hang_up()


def _promises(call: PhoneCall) -> list[Promise]:
    kept = []
    for exchange in call.requests:
        if exchange.kind != "voice" or exchange.answer is None or not exchange.answer.ok:
            continue
        if b"/voice/fallback" in exchange.answer.body or exchange.form.get("Digits") == "hangup":
            continue  # an apology promises nothing; a hang-up is the end of the call and no step of it
        path = urlsplit(exchange.url).path
        if path == "/voice/incoming":
            kept.append(Promise(call.id, 0))
        elif found := _STEP.fullmatch(path):
            kept.append(Promise(call.id, int(found[2])))
    return kept
