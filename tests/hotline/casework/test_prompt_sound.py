"""Whatever is uploaded becomes telephone sound, or is refused; what sounds wrong is told."""

import io
import math
import wave
from array import array
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.casework.prompt_sound import (
    CLIPPED,
    EMPTY,
    LONGEST_S,
    NO_SOUND,
    SILENT,
    TOO_LONG,
    SoundRefusedError,
    telephone_sound,
)

RATE = 48_000
SPEECH = [round(9_000 * math.sin(n / 25) * math.sin(n / 4_000)) for n in range(RATE)]  # one second


def recorded(samples: list[int], rate: int = RATE, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((channels, 2, rate, 0, "NONE", ""))
        written.writeframes(array("h", samples).tobytes())
    return file.getvalue()


@pytest.mark.parametrize(("rate", "channels"), [(48_000, 1), (44_100, 2), (16_000, 1), (8_000, 1)])
def test_any_rate_and_any_number_of_channels_become_telephone_sound(rate: int, channels: int) -> None:
    sound = telephone_sound(recorded(SPEECH, rate, channels))
    with wave.open(io.BytesIO(sound.file)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() == pytest.approx(len(SPEECH) / channels * 8000 / rate, abs=100)
    assert sound.doubts == ()
    assert sound.sha256 == telephone_sound(recorded(SPEECH, rate, channels)).sha256


def test_what_sounds_wrong_is_told() -> None:
    assert telephone_sound(recorded([max(-32768, min(32767, 9 * n)) for n in SPEECH])).doubts == (CLIPPED,)
    assert telephone_sound(recorded([n // 100 for n in SPEECH])).doubts == (SILENT,)


@pytest.mark.parametrize(
    ("given_bytes", "why"),
    [
        (b"", EMPTY),
        (recorded([]), EMPTY),
        (recorded(SPEECH[:4000]), EMPTY),
        (b"%PDF-1.7 not a sound", NO_SOUND),
        (b"ID3\x04" + bytes(2000), NO_SOUND),
        (recorded([0] * 8000 * (LONGEST_S + 1), 8000), TOO_LONG),
        (recorded([0] * 2000, 8), TOO_LONG),
    ],
    ids=["nothing", "a header only", "a click", "a letter", "a title without music", "a speech", "a slowed-down click"],
)
def test_what_cannot_be_played_to_callers_is_refused(given_bytes: bytes, why: str) -> None:
    with pytest.raises(SoundRefusedError) as refused:
        telephone_sound(given_bytes)
    assert refused.value.why == why


@given(st.data())
def test_a_damaged_file_is_refused_or_read_and_breaks_nothing(data: st.DataObject) -> None:
    damaged = bytearray(recorded(SPEECH[:6000]))
    for place in data.draw(st.lists(st.integers(0, 60), max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    del damaged[data.draw(st.integers(0, len(damaged))) :]
    with suppress(SoundRefusedError):
        assert telephone_sound(bytes(damaged)).duration_ms <= LONGEST_S * 1000
