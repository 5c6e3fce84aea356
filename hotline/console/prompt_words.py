"""What is odd or wrong about a recording, in the reader's words."""

from flask_babel import lazy_gettext

from hotline.casework.prompt_sound import CLIPPED, EMPTY, LARGEST_FILE, LONGEST_S, NO_SOUND, SILENT, TOO_LONG

DOUBTS = {
    SILENT: lazy_gettext("hardly anything to hear: hold the microphone closer"),
    CLIPPED: lazy_gettext("too loud, it crackles: speak a little further from the microphone"),
}
REFUSALS = {
    EMPTY: lazy_gettext("There is nothing in this recording. Please choose a file, or record again."),
    NO_SOUND: lazy_gettext("This is not a sound file that can be read here. WAV, MP3, FLAC and Ogg Vorbis can."),
    TOO_LONG: lazy_gettext(
        "This recording is longer than %(seconds)s seconds. Callers pay for listening: please say it shorter.",
        seconds=LONGEST_S,
    ),
}
TOO_LARGE = lazy_gettext(
    "A recording may have %(mega)s MB at most. Save it as MP3, or record it here.", mega=LARGEST_FILE // 1024**2
)


def doubt_word(doubt: str) -> str:
    """What a person should listen for."""
    return str(DOUBTS.get(doubt, doubt))


WORDS = (doubt_word,)
