"""One TwiML document, read as the carrier reads it."""

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree

from hotline.errors import HotlineError
from hotline.simulator.poster import Answer

MOST_BYTES = 64 * 1024
_XML_TYPES = {"text/xml", "application/xml", "text/html", ""}


class DocumentError(HotlineError):
    """The carrier cannot use this answer; `code` is the carrier's number for the reason."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Verb:
    name: str
    attributes: dict[str, str]
    text: str
    children: tuple["Verb", ...] = ()

    def number(self, name: str, default: int) -> int:
        """A whole number among the attributes. Raises DocumentError 12200 where it is not one."""
        raw = self.attributes.get(name, "")
        if not raw:
            return default
        if not raw.isdecimal():
            raise DocumentError(12200, f"<{self.name} {name}> is not a number")
        return int(raw)

    def flag(self, name: str, default: bool = False) -> bool:
        return self.attributes.get(name, str(default)).lower() == "true"


@dataclass(frozen=True, slots=True)
class Document:
    url: str
    verbs: tuple[Verb, ...]

    def resolve(self, address: str) -> str:
        """An address named in this document, whole; an empty one is the document's own."""
        return urljoin(self.url, address.strip())


def read_document(url: str, answer: Answer) -> Document:
    """Read an answer to a webhook. Raises DocumentError with the carrier's code: 11200, 11750, 12300, 12100."""
    if not answer.ok:
        raise DocumentError(11200, f"the application answered {answer.status}")
    if len(answer.body) > MOST_BYTES:
        raise DocumentError(11750, "the answer is larger than 64 kB")
    if answer.media_type not in _XML_TYPES:
        raise DocumentError(12300, "the answer is not XML by its type")
    if not answer.body.strip():
        return Document(url, ())
    return Document(url, _parse(answer.body))


def _parse(body: bytes) -> tuple[Verb, ...]:
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - our own application's answer, 64 kB at most
    except ElementTree.ParseError:
        raise DocumentError(12100, "the answer does not parse") from None
    if root.tag != "Response":
        raise DocumentError(12100, "the answer has no <Response>")
    return tuple(_verb(element) for element in root)


def _verb(element: ElementTree.Element) -> Verb:
    children = tuple(_verb(child) for child in element)
    return Verb(str(element.tag), dict(element.attrib), " ".join("".join(element.itertext()).split()), children)
