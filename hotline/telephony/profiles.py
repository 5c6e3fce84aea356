"""What each TwiML carrier can do. Where they differ, the renderer asks here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hotline.errors import SettingsError


@dataclass(frozen=True)
class Profile:
    """One carrier's abilities. `voices` maps a language tag to a voice; without one, the carrier chooses."""

    name: str
    pause: bool = True  # <Pause>; an unknown verb ends the call elsewhere
    whisper: bool = True  # <Number url>: the officer hears words and presses a key before the caller is connected
    sequential: bool = True  # <Dial sequential>: one officer after the other
    conference: bool = True  # <Dial><Conference>, and calls that we place ourselves
    start_recording: bool = True  # <Start><Recording>: record the line while other verbs run. Confirm live.
    fallback: bool = True  # a number may name an address for when the first one does not answer
    max_numbers_in_dial: int = 10
    voices: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def rings_together(self) -> bool:
        """Whether a caller can be held while officers are rung by calls of their own, and joined to one of them."""
        return self.conference and self.pause


_TWILIO_VOICES = MappingProxyType(
    {
        "vi-VN": "Google.vi-VN-Wavenet-A",
        "en-US": "Polly.Joanna",
        "en-GB": "Polly.Amy",
        "ru-RU": "Polly.Tatyana",
    }
)

_PROFILES = {
    "twilio": Profile("twilio", voices=_TWILIO_VOICES),
    "somleng": Profile(
        "somleng",
        pause=False,
        whisper=False,
        sequential=False,
        conference=False,
        start_recording=False,
        fallback=False,
    ),
    "local": Profile("local"),
}


def profile_of(carrier: str) -> Profile:
    """The profile of a carrier by the name in HOTLINE_CARRIER. Raises SettingsError."""
    if carrier not in _PROFILES:
        raise SettingsError(f"HOTLINE_CARRIER: {carrier!r} is not one of {', '.join(_PROFILES)}.")
    return _PROFILES[carrier]
