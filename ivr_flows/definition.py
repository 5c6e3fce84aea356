"""What a flow is made of: the nine node types, as the file on disk spells them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,8}$")]
Values = dict[Name, str]

REPEAT = "@repeat"
"""A target that plays the current node again instead of going to another."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Part):
    """Where the call goes next, and what it remembers on the way. A bare node name where nothing is set."""

    next: str
    set: Values = Field(default_factory=dict)


def _spelled_out(value: Any) -> Any:
    return {"next": value} if isinstance(value, str) else value


To = Annotated[Target, BeforeValidator(_spelled_out)]


class Say(_Part):
    """Speak, then go on."""

    type: Literal["say"]
    prompt: Name
    bargein: bool = True
    next: To


class Menu(_Part):
    """Speak, wait for one key, go where the key leads."""

    type: Literal["menu"]
    prompt: Name
    speak_in: Literal["current", "all"] = "current"
    options: dict[Key, To] = Field(min_length=1)
    bargein: bool = True
    timeout: int | None = Field(default=None, ge=1, le=60)
    tries: int | None = Field(default=None, ge=1, le=5)
    no_input: Name | None = None
    no_match: Name | None = None
    give_up: To


class Digits(_Part):
    """Speak, wait for several keys. Digits are data here: no global key works but `*`, which goes to `back`.

    `secret` digits (a receipt code) go to the next action as `keyed` and never enter the call's variables.
    """

    type: Literal["digits"]
    prompt: Name
    length: int = Field(ge=1, le=20)
    save_as: Name
    secret: bool = False
    allowed: Name | None = None  # a fact that lists the valid entries, space separated
    timeout: int | None = Field(default=None, ge=1, le=60)
    tries: int | None = Field(default=None, ge=1, le=5)
    no_input: Name | None = None
    no_match: Name | None = None
    next: To
    skip: To | None = None  # `#` alone, or silence to the end; without it: give_up
    back: To
    give_up: To


class Record(_Part):
    """Speak, beep, record."""

    type: Literal["record"]
    prompt: Name
    max_seconds: int = Field(ge=5, le=600)
    silence_seconds: int = Field(ge=0, le=30)
    finish_on: str = Field(default="#", pattern=r"^[0-9*#]+$")
    keys: dict[Key, To] = Field(default_factory=dict)  # ended it and means more than "done"
    exits: dict[Literal["recorded", "empty"], To]


class Switch(_Part):
    """Choose by a variable of the call or a fact of the moment; no one hears anything."""

    type: Literal["switch"]
    by: Name
    cases: dict[str, To]
    otherwise: To


class Action(_Part):
    """Have the application do something (create a report, look a code up) and go where its outcome leads."""

    type: Literal["action"]
    do: Name
    exits: dict[Name, To]  # `error` is mandatory (lint)


class Dial(_Part):
    """Ring the officers of a group. Numbers come from the roster, never from the flow.

    `together` rings each of them by a call of its own while the caller holds the line, and joins the caller to the
    first who presses 1. Where a carrier cannot do that, it is `sequential`: the flow stays the same."""

    type: Literal["dial"]
    prompt: Name
    group: Name
    strategy: Literal["sequential", "simultaneous", "together"] = "sequential"
    screen: Literal["press_1", "none"] = "press_1"
    whisper: Name | None = None  # what the officer hears before pressing 1
    waiting: Name | None = None  # together: said now and then to who holds the line
    record: bool = False  # together: the whole call is recorded from here on
    ring_seconds: int = Field(ge=5, le=120)
    exits: dict[Literal["answered", "unanswered"], To]


class Call(_Part):
    """Walk a sub-flow (another entry node of this file) and come back."""

    type: Literal["call"]
    entry: str
    next: To


class Hangup(_Part):
    """The end of a call, or the return from a sub-flow."""

    type: Literal["hangup"]


Node = Annotated[Say | Menu | Digits | Record | Switch | Action | Dial | Call | Hangup, Field(discriminator="type")]


class Defaults(_Part):
    timeout: int = Field(default=6, ge=1, le=60)  # seconds after the prompt ended
    tries: int = Field(default=2, ge=1, le=5)
    no_input: Name
    no_match: Name


class Limits(_Part):
    menu_options: int = Field(default=6, ge=1, le=12)
    steps_between_inputs: int = Field(default=25, ge=5, le=100)
    steps_per_call: int = Field(default=200, ge=50, le=1000)
    call_seconds: int = Field(default=1800, ge=60, le=14400)


class LanguageOf(_Part):
    """`tag` is what a carrier's voice is chosen by. A recorded-only language has no voice: a prompt without a
    recording is spoken in `fallback`."""

    tag: str = Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}$")
    name: str
    recorded_only: bool = False
    fallback: Language | None = None


class Prompt(_Part):
    """The words, always; a recording of them, if there is one (a path below catalog/audio)."""

    text: str
    audio: str | None = None


class Flow(_Part):
    """A whole flow with its prompts: immutable; a call keeps the version (hash) it began with."""

    schema_: Literal["hotline-flow/1"] = Field(alias="schema")
    id: Name
    languages: dict[Language, LanguageOf]
    default_language: Language
    start: str
    defaults: Defaults
    limits: Limits = Limits()
    global_keys: dict[Key, To]  # valid in every menu; `@repeat` plays it again
    on_error: str
    on_hangup: str
    nodes: dict[str, Node]
    prompts: dict[Language, dict[Name, Prompt]]
