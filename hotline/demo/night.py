"""A night at the desk, as a script: five calls come in, and what the line does about them is told as it happens.

The calls and the officers' telephones are the stand-in carrier's; all else is the real thing. What is told holds no
caller's number and no receipt code."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select

from hotline.casework.follow_ups import EXHAUSTED
from hotline.demo.night_log import Step, alarm_of, follow_up_of, recordings_of, report_of, steps_of
from hotline.errors import HotlineError
from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.officers import Behaviour
from hotline.simulator.phone_call import PhoneCall
from hotline.simulator.placed import PlacedCall
from storage.database import Store
from storage.tables import reports

BEGINS = "01:12"
_RESIDENT, _WITNESS, _GUEST = "+84912345678", "+84912345679", "anonymous"  # the library's examples
_FIGHT = "1133" + "22"  # Vietnamese, a report, disorder, a fight; it is over; no help at once; confidential
_GUEST_AT_HOME = "12" + "14"  # Vietnamese, papers, residence, a guest who stays overnight
_CODE = re.compile(r"(?:\d \d \d \d(?:, )?){3}")
_MOST_STEPS = 12


class NightError(HotlineError):
    """Something of the night did not come to pass."""


class Scene(Protocol):
    """Where a night is played: the whole application, its worker, and a clock that can be moved on."""

    carrier: StandInCarrier
    store: Store

    def now(self) -> datetime:
        """The time on the clock of the night."""

    def goes_on(self, span: timedelta) -> None:
        """Move that clock on, where nothing would happen meanwhile."""

    def until(self, what: str, happens: Callable[[], bool]) -> None:
        """Let everybody work until that is so. Raises NightError, saying `what` was waited for."""


@dataclass
class Night:
    """One night. `duty` and `command` name the officers by their telephones' numbers."""

    scene: Scene
    line: str
    zone: ZoneInfo
    duty: Mapping[str, str]
    command: Mapping[str, str]
    tell: Callable[[str], None]
    _known: str = field(init=False)

    def __post_init__(self) -> None:
        self._known = self._latest()

    def play(self) -> None:
        """All five calls. Raises NightError where something did not happen in time."""
        self._everybody_is_awake()
        self._somebody_is_in_danger()
        self._the_night_goes_on(until="01:40")
        code = self._a_report_is_taken()
        self._the_night_goes_on(until="02:05")
        self._a_question_about_papers()
        self._the_night_goes_on(until="02:20")
        self._a_report_that_nobody_takes()
        self._the_night_goes_on(until="03:30")
        self._an_earlier_report(code)
        self._everything_is_kept()

    # ---- 1: key 9 --------------------------------------------------------------------------------------------------

    def _somebody_is_in_danger(self) -> None:
        self._heading("1. Somebody in danger: key 9")
        call = self._dials(_RESIDENT)
        call.press("9")
        self._note("A resident calls and presses 9. She is told to hold the line: officers are being rung.")
        first, second = self._telephones_ring()
        self._note(f"The telephones of {first.name} and {second.name} ring, both at once.")
        heard = first.picks_up()
        self._note(f'{first.name} picks up and hears: "{heard}" She presses 1.')
        self._look(call, "conversation")
        self._note(f"The resident and {first.name} are talking; the line is recorded.")
        self._until(f"{second.name}'s telephone falls silent", lambda: not second.rings)
        self._note(f"{second.name}'s telephone falls silent.")
        self.scene.goes_on(timedelta(minutes=3))
        first.hangs_up()
        call.hang_up()
        reference = self._newest_report()
        report = report_of(self.scene.store, reference)
        self._note(f"They hang up. Report {reference} is on the board: {report.urgency}, with {report.taken_by}.")

    # ---- 2: key 1, taken by a key ----------------------------------------------------------------------------------

    def _a_report_is_taken(self) -> str:
        self._heading("2. A report: key 1, and an officer takes it by a key")
        call = self._dials(_WITNESS)
        code = self._reports(call, "03")
        call.hang_up()
        reference = self._newest_report()
        self._note(f"A witness reports a fight that is over, for {reference}. He hears a receipt code, twice.")
        first, second = self._telephones_ring()
        self._note(f"It is urgent enough for the night: {first.name} and {second.name} are rung and texted.")
        heard = first.picks_up()
        self._note(f'{first.name} picks up and hears: "{heard}" She presses 1 and has the report.')
        self._note(f'{second.name} picks up a moment later and hears: "{second.listens()}"')
        self._until(f"{reference} is taken", lambda: report_of(self.scene.store, reference).taken_by is not None)
        return code

    def _reports(self, call: PhoneCall, place: str) -> str:
        """A fight that is over, at this place; return the code that the caller hears."""
        call.key_in(_FIGHT + place)
        call.record(8)
        call.press("#")
        spoken = _CODE.search(call.heard[-1].text)
        if spoken is None:
            raise NightError("The caller heard no receipt code.")
        return re.sub(r"\D", "", spoken.group())

    # ---- 3: key 2 --------------------------------------------------------------------------------------------------

    def _a_question_about_papers(self) -> None:
        self._heading("3. A question about papers: key 2, answered by the line alone")
        before = self._rings_so_far()
        call = self._dials(_GUEST)
        answer = _answer(call, _GUEST_AT_HOME)
        self._note("Somebody who withholds his number asks how a guest is registered.")
        self._note(f'The line answers: "{answer}"')
        call.wait()
        call.hang_up()
        if self._rings_so_far() != before:
            raise NightError("An officer was woken for a question about papers.")
        self._note("He has heard it to the end and hangs up. Nobody was woken.")

    # ---- 4: key 1, and nobody answers ------------------------------------------------------------------------------

    def _a_report_that_nobody_takes(self) -> None:
        self._heading("4. A report that nobody takes")
        self._everybody_sleeps()
        call = self._dials(_GUEST)
        self._reports(call, "05")
        call.hang_up()
        reference = self._newest_report()
        self._note(f"Another fight that is over, {reference}. This time nobody picks up.")
        for _ in range(_MOST_STEPS):
            if self._one_step_more(reference) == EXHAUSTED:
                break
        self._until(f"the alarm for {reference}", lambda: alarm_of(self.scene.store, reference))
        self._note(f"ALARM: nobody takes {reference}. It is red on the board, and goes on ringing all night.")

    def _one_step_more(self, reference: str) -> str:
        """Let the next step come, and tell whom it reached; return what the follow-up has become."""
        done = len(steps_of(self.scene.store, reference))
        self.scene.goes_on(max(follow_up_of(self.scene.store, reference).next_at - self.scene.now(), timedelta()))
        self._until(f"the next step for {reference}", lambda: self._has_gone_out(reference, done))
        step = steps_of(self.scene.store, reference)[-1]
        self._note(f"Round {step.round}, step {step.number}: {step.told()}")
        return follow_up_of(self.scene.store, reference).state

    def _has_gone_out(self, reference: str, done: int) -> bool:
        steps: list[Step] = steps_of(self.scene.store, reference)
        return len(steps) > done and steps[-1].is_over

    # ---- 5: key 3 --------------------------------------------------------------------------------------------------

    def _an_earlier_report(self, code: str) -> None:
        self._heading("5. An earlier report: key 3 and the receipt code")
        call = self._dials(_WITNESS)
        answer = _answer(call, "13" + code)
        self._note("The witness of call 2 keys in the code of the receipt.")
        self._note(f'The line answers: "{answer}"')
        call.press("1")
        call.record(6)
        call.press("#")
        call.hang_up()
        self._note("He presses 1 and adds a message: it lies with the report, for whoever has it.")

    def _everything_is_kept(self) -> None:
        self._until("the recordings", lambda: recordings_of(self.scene.store).awaited == 0)
        kept = recordings_of(self.scene.store).kept
        self.tell("")
        self._note(f"All {kept} recordings of this line are fetched and sealed; the carrier's copies go.")

    # ---- what everybody does ---------------------------------------------------------------------------------------

    def _dials(self, number: str) -> PhoneCall:
        return self.scene.carrier.dial(number, self.line)

    def _look(self, call: PhoneCall, awaited: str) -> None:
        """Who holds the line looks again and again whether an officer has come."""

        def has_come() -> bool:
            if call.awaits != awaited:
                call.wait()
            return call.awaits == awaited

        self._until(f"the caller comes to a {awaited}", has_come)

    def _telephones_ring(self) -> list["_Telephone"]:
        """Those of everybody on duty."""
        phones = [_Telephone(self.scene.carrier, number, name) for number, name in self.duty.items()]
        self._until("the telephones ring", lambda: all(one.rings for one in phones))
        return phones

    def _everybody_is_awake(self) -> None:
        for number in (*self.duty, *self.command):
            self.scene.carrier.phones[number].by_hand()

    def _everybody_sleeps(self) -> None:
        for number in (*self.duty, *self.command):
            self.scene.carrier.phones[number].lets_it_ring()

    def _rings_so_far(self) -> int:
        return sum(len(phone.rings) for phone in self.scene.carrier.phones.values())

    def _newest_report(self) -> str:
        """The report that has just been made, once it is there."""
        known = self._known
        self._until("a new report", lambda: self._latest() != known)
        self._known = self._latest()
        return self._known

    def _latest(self) -> str:
        with self.scene.store.read() as connection:
            return str(connection.scalar(select(reports.c.reference).order_by(reports.c.id.desc()).limit(1)))

    def _until(self, what: str, happens: Callable[[], bool]) -> None:
        self.scene.until(what, happens)

    # ---- what is told ----------------------------------------------------------------------------------------------

    def _the_night_goes_on(self, until: str) -> None:
        here = self.scene.now().astimezone(self.zone)
        hour, minute = map(int, until.split(":"))
        later = here.replace(hour=hour, minute=minute, second=0, microsecond=0)
        self.scene.goes_on(max(later - here, timedelta()))

    def _heading(self, words: str) -> None:
        self.tell("")
        self.tell(words)

    def _note(self, words: str) -> None:
        self.tell(f"  {self.scene.now().astimezone(self.zone):%H:%M:%S}  {words}")


@dataclass
class _Telephone:
    """An officer's telephone that is held by hand."""

    carrier: StandInCarrier
    number: str
    name: str
    _call: PlacedCall | None = None

    @property
    def rings(self) -> bool:
        found = self.carrier.ringing_at(self.number)
        self._call = found or self._call
        return found is not None

    def picks_up(self) -> str:
        """Pick up, listen, press 1; return what was heard first."""
        return self._does(Behaviour.ANSWERS)

    def listens(self) -> str:
        """Pick up, listen, press nothing; return what was heard first."""
        return self._does(Behaviour.VOICEMAIL)

    def hangs_up(self) -> None:
        if self._call is not None:
            self._call.hang_up()

    def _does(self, behaviour: Behaviour) -> str:
        if self._call is None or not self.rings:
            raise NightError(f"The telephone of {self.name} does not ring.")
        self._call.does(behaviour)
        if not self._call.heard:
            raise NightError(f"{self.name} picked up and heard nothing.")
        return self._call.heard[0].text


def _answer(call: PhoneCall, keys: str) -> str:
    """What is said after the last of these keys, its beginning: the whole would fill the screen."""
    call.key_in(keys[:-1])
    start = len(call.heard)
    call.key_in(keys[-1])
    sentences = re.split(r"(?<=[.!?])\s+", " ".join(said.text for said in call.heard[start:]))
    return " ".join(sentences[:3]) + (" …" if len(sentences) > 3 else "")
