"""TCVN3 (ABC), in which Vietnamese offices wrote for decades, as a codec that Python does not bring along.

From TCVN 5712:1993, VN3; the capitals with tone marks have no code of their own, their font has."""

import codecs

NAME = "tcvn3"
_UPPER_HALF = (
    "\N{NO-BREAK SPACE}ĂÂÊÔƠƯĐăâêôơưđẰ"
    "\N{COMBINING DOT BELOW}\N{COMBINING GRAVE ACCENT}\N{COMBINING HOOK ABOVE}\N{COMBINING TILDE}"
    "\N{COMBINING ACUTE ACCENT}àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽ"
    "éẹềểễếệìỉỄẾỒĩíịò"
    "Ổỏõóọồổỗốộờởỡớợù"
    "ỖủũúụừửữứựỳỷỹýỵỐ"
)
_DECODING = "".join(map(chr, range(0x80))) + "\ufffe" * 0x20 + _UPPER_HALF
_ENCODING = codecs.charmap_build(_DECODING)


class _Encoder(codecs.IncrementalEncoder):
    def encode(self, text: str, final: bool = False) -> bytes:  # noqa: ARG002 - the interface of codecs
        return codecs.charmap_encode(text, self.errors, _ENCODING)[0]


class _Decoder(codecs.IncrementalDecoder):
    def decode(self, given: bytes, final: bool = False) -> str:  # type: ignore[override]  # noqa: ARG002
        return codecs.charmap_decode(given, self.errors, _DECODING)[0]


def _find(name: str) -> codecs.CodecInfo | None:
    if name.replace("-", "").replace("_", "") not in (NAME, "abc"):
        return None
    return codecs.CodecInfo(
        name=NAME,
        encode=lambda text, errors="strict": codecs.charmap_encode(text, errors, _ENCODING),
        decode=lambda given, errors="strict": codecs.charmap_decode(bytes(given), errors, _DECODING),
        incrementalencoder=_Encoder,
        incrementaldecoder=_Decoder,
    )


codecs.register(_find)
