"""In which letters a file is written. What is not certain is refused: wrong letters would be counted as new places."""

import codecs
from pathlib import Path

from hotline.casework.past import tcvn3
from hotline.casework.past.book_map import AUTO
from hotline.casework.past.described import PastFileError

SAMPLE_BYTES = 1024 * 1024
_GUESSED_FROM_BYTES = 64 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_LETTERS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf-7", "undefined", "mbcs"})
LIKELY = ("windows-1258", "windows-1251", "windows-1252", "koi8-r", "cp866", tcvn3.NAME)
_BROKEN_LINES = 0.05  # of those with letters beyond ASCII: more, and it is another encoding


def encoding_of(file: Path, said: str) -> str:
    """The encoding of a file, as its mark or the mapping has it, else UTF-8 where it is that.

    Raises PastFileError, with a guess, where it is something else than what was said, or where nothing was."""
    with file.open("rb") as stream:
        sample = stream.read(SAMPLE_BYTES)
    sample = sample[: sample.rfind(b"\n") + 1] or sample  # no letter cut in two
    marked = next((name for mark, name in _MARKS if sample.startswith(mark)), None)
    if said == AUTO:
        return marked or _plain(file, sample)
    codec = _codec(said)
    if marked and not _same(marked, codec):
        raise PastFileError(f"{file.name} is marked as {marked.removesuffix('-sig').upper()}, not as {said}.")
    if codec.startswith("utf-16"):
        return codec
    _refuse_wide(file, sample)
    is_utf_8 = codec in ("utf-8", "utf-8-sig")
    if is_utf_8 and not _is_utf_8(sample):
        raise PastFileError(f"{file.name} is not UTF-8. {_guess(sample)}")
    if not is_utf_8 and not sample.isascii() and _is_utf_8(sample):
        raise PastFileError(f"{file.name} is UTF-8, not {said}.")
    return codec


def _plain(file: Path, sample: bytes) -> str:
    _refuse_wide(file, sample)
    if not _is_utf_8(sample):
        raise PastFileError(f"{file.name} is not UTF-8. {_guess(sample)}")
    return "utf-8"


def _codec(said: str) -> str:
    try:
        found = codecs.lookup(said)
    except (LookupError, ValueError):
        raise PastFileError(f"encoding: {said!r} is not known; write it like windows-1251 or {tcvn3.NAME}.") from None
    if not found._is_text_encoding or found.name in _NO_LETTERS:
        raise PastFileError(f"encoding: {said!r} is not one that letters are written in.")
    return found.name


def _same(marked: str, codec: str) -> bool:
    return marked.removesuffix("-sig").startswith(codec.removesuffix("-sig")[:6]) or codec.startswith(marked)


def _refuse_wide(file: Path, sample: bytes) -> None:
    """Every second byte a zero: UTF-16 that does not say so."""
    if len(sample) > 1 and sample.count(0) > len(sample) // 4:
        raise PastFileError(f"{file.name} looks like UTF-16 without its mark: say `encoding: utf-16-le`.")


def _is_utf_8(sample: bytes) -> bool:
    """Whether it is, but for a few broken lines, which are rejected one by one later."""
    if _decodes(sample):
        return True
    beyond_ascii = [line for line in sample.split(b"\n") if not line.isascii()]
    broken = sum(not _decodes(line) for line in beyond_ascii)
    return broken <= _BROKEN_LINES * len(beyond_ascii)


def _decodes(given: bytes) -> bool:
    try:
        given.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guess(sample: bytes) -> str:
    from charset_normalizer import from_bytes  # only a refusal needs it

    found = from_bytes(
        sample[:_GUESSED_FROM_BYTES], cp_isolation=[name for name in LIKELY if name != tcvn3.NAME]
    ).best()
    if found is None:
        return f"Say which encoding it is: `encoding: windows-1258`, `windows-1251`, `{tcvn3.NAME}` …"
    name = found.encoding.replace("_", "-").replace("cp125", "windows-125")
    return f"It may be {name}: look at a few lines in it, then say so (`encoding: {name}` or --encoding)."
