"""A telephone in the terminal: what is heard is printed, and lines typed are keys, words or deeds."""

from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import TextIO

from rich.console import Console

from hotline.simulator.carrier import StandInCarrier
from hotline.simulator.officers import Behaviour
from hotline.simulator.phone_call import PhoneCall, WrongMomentError
from hotline.simulator.repro import Repro
from hotline.simulator.script import Gathering, Holding

HELP = """\
0-9 * #          press keys          (empty line)     stay silent
/record 5        speak for 5 seconds into the recording; then # or silence ends it
/record FILE     speak what is in a WAV file
/dial WHAT       what officers do from now on: answer, refuse, ring, busy, voicemail
/retry           send the last webhook once more and compare the answers
/hangup          put the telephone down (so does the end of the input)"""

_OFFICERS = {
    "answer": Behaviour.ANSWERS,
    "refuse": Behaviour.REFUSES,
    "ring": Behaviour.RINGS,
    "busy": Behaviour.BUSY,
    "voicemail": Behaviour.VOICEMAIL,
}
_LOOKS_EVERY_S = 0.5
_ASKS = {
    "keys": "keys",
    "recording": "recording (/record 5, then #)",
    "officer": "an officer's telephone rings (/dial answer)",
    "hold": "holding the line",
    "conversation": "talking with the officer (empty line: the officer hangs up)",
}
_LONGEST_FILE = 4 * 1024 * 1024


def run(
    carrier: StandInCarrier,
    from_: str,
    to: str,
    input_stream: TextIO,
    output: TextIO,
    save: Path | None = None,
) -> int:
    """Make one call, line by line. Returns 0, or 1 where the line did not answer or the call broke off."""
    carrier.other_phones.by_hand()
    console = Console(file=output, highlight=False, markup=False, soft_wrap=True)
    handset = Handset(carrier, carrier.dial(from_, to), console)
    if handset.call.requests[0].answer is None and handset.call.failed:
        console.print(f"The hotline does not answer at {carrier.webhooks.voice_url}. Is `hotline run` running?")
        return 1
    handset.hold_on()
    for line in _lines(handset, input_stream, console):
        handset.do(line)
        handset.hold_on()
        if handset.call.ended:
            break
    handset.put_down()
    if save is not None:
        save.write_text(handset.repro.as_yaml(), encoding="utf-8")
        console.print(f"The call is written down in {save}.")
    return 1 if handset.call.failed else 0


def _lines(handset: "Handset", stream: TextIO, console: Console) -> Iterator[str]:
    by_hand = stream.isatty()
    if by_hand:
        console.print(HELP, style="dim")
    while not handset.call.ended:
        if by_hand:
            console.print(f"{_ASKS[handset.call.awaits or 'keys']} > ", end="")
        line = stream.readline()
        if not line:
            return
        if not by_hand:
            console.print(f"> {line.strip()}", style="bold")
        yield line.strip()


class Handset:
    """One call held at a terminal."""

    def __init__(self, carrier: StandInCarrier, call: PhoneCall, console: Console) -> None:
        self.call = call
        self.repro = Repro()
        self._carrier = carrier
        self._console = console
        self._officers = Behaviour.RINGS
        self._decided = False

    def do(self, line: str) -> None:
        """Do what one line says; what cannot be done now is said, and changes nothing."""
        try:
            self._do(line)
        except WrongMomentError as error:
            self._console.print(str(error), style="yellow")
        self.tell()

    def hold_on(self) -> None:
        """Let the time pass while the line is held, as it does in life; whoever reads this answers what rings."""
        self.tell()
        while isinstance(self.call.waiting, Holding):
            if self.call.awaits == "officer":
                if not self._decided:
                    return
                self._ring_out()
            self._pass_time(self.call.waiting.seconds)
            self.tell()

    def _pass_time(self, seconds: float) -> None:
        """Hold the line; look now and then whether somebody is rung who is to be answered for."""
        held = 0.0
        while held < seconds:
            sleep(_LOOKS_EVERY_S)
            held += _LOOKS_EVERY_S
            if self.call.awaits != "hold":
                return
        self.call.wait()

    def put_down(self) -> None:
        """Hang up where the call still goes on, and say how it ended."""
        if not self.call.ended:
            self.repro.hung_up()
            self.call.hang_up()
            self.tell()
        for warning in self.call.warnings:
            self._console.print(f"! {warning}", style="yellow")
        seconds = self.call.leg.seconds(self.call.leg.ended_at or self.call.leg.started_at)
        self._console.print(f"The call is over: {self.call.status}, {seconds} s.")

    def tell(self) -> None:
        """Print what was said since the last time."""
        for words in self.call.heard_since():
            who = "officer hears " if words.to == "officer" else ""
            text = words.text or f"♪ {(words.audio or '').rpartition('/')[2]}"
            self._console.print(f"[{words.language or '-'}] {who}{text}")

    def _do(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "/dial":
            self._officers, self._decided = self._behaviour(rest.strip()), True
            self._ring_out()
        elif word == "/help":
            self._console.print(HELP, style="dim")
        elif word == "/retry":
            self._retry()
        elif word == "/hangup":
            self.repro.hung_up()
            self.call.hang_up()
        elif not self._officers_alone(line):
            self._as_caller(word, rest.strip())
        if self._decided:
            self._ring_out()

    def _as_caller(self, word: str, rest: str) -> None:
        if word in ("", "/silence"):
            self.repro.waited()
            self.call.wait()
        elif word == "/record":
            self._record(rest)
        elif word.startswith("/"):
            raise WrongMomentError(f"There is no {word}; /help lists what there is.")
        else:
            self._press(word)

    def _press(self, keys: str) -> None:
        entry = ""
        for key in keys:
            if self.call.ended:
                break
            recording = self.call.awaits == "recording"
            self.call.press(key)
            entry += key
            waiting = self.call.waiting
            if recording:
                self.repro.ended_recording(key)
                entry = ""
            elif not (isinstance(waiting, Gathering) and waiting.digits):
                self.repro.pressed(entry)
                entry = ""

    def _record(self, what: str) -> None:
        if what.isdecimal() and what.isascii():
            seconds = min(int(what), 3600)
            self.call.record(seconds)
            self.repro.spoke(seconds)
            return
        file = Path(what)
        if not what or not file.is_file() or file.stat().st_size > _LONGEST_FILE:
            raise WrongMomentError("/record needs a number of seconds, or a WAV file of at most 4 MB.")
        sound = file.read_bytes()
        self.call.record(sound)
        self.repro.spoke(round(len(sound) / 16000))

    def _retry(self) -> None:
        asked = [exchange for exchange in self.call.requests if exchange.kind == "voice"]
        again = self._carrier.repeat(asked[-1])
        same = again.answer is not None and asked[-1].answer is not None and again.twiml == asked[-1].twiml
        self._console.print("The same answer again." if same else "Another answer than before!")

    # ---- officers --------------------------------------------------------------------------------------------------

    def _behaviour(self, name: str) -> Behaviour:
        if name not in _OFFICERS:
            raise WrongMomentError(f"/dial knows: {', '.join(_OFFICERS)}.")
        return _OFFICERS[name]

    def _ring_out(self) -> None:
        """Every telephone that rings does what was said."""
        while self.call.awaits == "officer":
            self.repro.rang(self._officers is Behaviour.ANSWERS)
            self.call.officer(self._officers)

    def _officers_alone(self, line: str) -> bool:
        """Let telephones ring out, or the conversation end; True where the line asked for no more than that."""
        if self.call.awaits not in ("officer", "conversation"):
            return False
        self._ring_out()
        if self.call.awaits == "conversation":
            self.call.wait()
        return not line or self.call.ended
