"""Prompts as sound: where there is a program for it, and where there is none."""

import io
import shutil
import wave

import pytest

from hotline.simulator import audio
from hotline.speech import Speaker

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@needs_espeak
@pytest.mark.parametrize(("text", "tag"), [("Xin chào bà con", "vi-VN"), ("Press 1", "en-US"), ("Нажмите 1", "ru-RU")])
def test_a_prompt_becomes_telephone_sound(text, tag):
    sound = Speaker().say(text, tag)
    with wave.open(io.BytesIO(sound)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert 0.4 < file.getnframes() / 8000 < 4
        assert max(file.readframes(file.getnframes())) > 0


@needs_espeak
def test_a_prompt_is_spoken_once_and_a_receipt_code_is_not_kept():
    speaker = Speaker()
    assert speaker.say("Press 1", "en-US") is speaker.say("Press 1", "en-US")
    code = "Your code: 1 2 3 4, 5 6 7 8, 9 0 1 2."
    assert speaker.say(code, "en-US") is not speaker.say(code, "en-US")
    assert speaker.say("Call 113, 114 or 115.", "en-US") is speaker.say("Call 113, 114 or 115.", "en-US")


@pytest.mark.parametrize(("program", "tag", "text"), [("no-such-program", "vi-VN", "a"), ("espeak-ng", "de-DE", "a")])
def test_without_a_program_or_a_voice_there_is_no_sound_and_no_failure(program, tag, text):
    assert Speaker(program).say(text, tag) is None


def test_a_program_that_fails_is_no_failure():
    assert Speaker("false").say("Press 1", "en-US") is None


def test_a_tone_has_the_length_that_was_asked_for():
    assert audio.seconds_of(audio.tone(3)) == 3
    assert audio.seconds_of(audio.joined([audio.tone(3), audio.silence(4)], 60)) == 7
    assert audio.seconds_of(audio.joined([audio.tone(3), audio.silence(4)], 5)) == 5


def test_what_is_no_sound_is_passed_on_as_it_is():
    assert audio.joined([b"this is no WAV file"], 60) == b"this is no WAV file"
