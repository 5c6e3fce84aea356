"""/prompts: what callers hear, in every language; to listen to, to record, and to put on the line."""

from collections.abc import Callable
from functools import cache

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from hotline.casework import prompt_takes
from hotline.casework.people import OfficerRow
from hotline.casework.prompt_sound import LARGEST_FILE, LONGEST_S, SoundRefusedError, telephone_sound
from hotline.casework.prompts import may_change, prompt_list, prompt_page, spoken_words, take_file, takes_by_digest
from hotline.console.door import signed_in
from hotline.console.prompt_words import REFUSALS
from hotline.console.services import services
from hotline.errors import AccessRefusedError, NotFoundError
from hotline.speech import Speaker

LARGEST_UPLOAD = LARGEST_FILE + 64 * 1024
"""The file, and what a form puts around it."""

_WITH_MICROPHONE = "camera=(), geolocation=(), microphone=(self)"


def overview(error: str | None = None, status: int = 200) -> ResponseReturnValue:
    """All prompts of a language, the unit's own first."""
    officer = signed_in().officer
    with services().store.read() as connection:
        try:
            shown = prompt_list(connection, officer, request.args.get("language"))
        except NotFoundError:
            return render_template("console/prompts.html", shown=None)
        takes = takes_by_digest(connection, officer.unit_id, shown.language.code)
    only_missing = bool(request.args.get("missing"))
    rows = [row for row in shown.prompts if not only_missing or (row.recordable and row.wanted is None)]
    page = render_template(
        "console/prompts.html",
        shown=shown,
        rows=rows,
        only_missing=only_missing,
        takes=takes,
        voice=_speaker().speaks(shown.language.code),
        error=error,
    )
    return page, status


def page(prompt: str, error: str | None = None, status: int = 200) -> ResponseReturnValue:
    """One prompt in one language: its words, its recordings, and the means to make another."""
    officer, language = signed_in().officer, request.values.get("language", "")
    with services().store.read() as connection:
        language = language or prompt_list(connection, officer, None).language.code
        shown = prompt_page(connection, officer, language, prompt)
    answer = make_response(
        render_template(
            "console/prompt.html",
            shown=shown,
            error=error,
            voice=_speaker().speaks(language),
            longest_s=LONGEST_S,
            largest_file=LARGEST_FILE,
        ),
        status,
    )
    answer.headers["Permissions-Policy"] = _WITH_MICROPHONE
    return answer


def speech(prompt: str) -> ResponseReturnValue:
    """The words of a prompt as a machine says them; 204 where there is no voice for the language here."""
    officer = signed_in().officer
    with services().store.read() as connection:
        language = request.args.get("language") or prompt_list(connection, officer, None).language.code
        words, tag = spoken_words(connection, officer, language, prompt)
    sound = _speaker().say(words, tag) if _speaker().speaks(language) else None
    if sound is None:
        return Response(status=204)
    return Response(sound, mimetype="audio/wav")


def take(take_id: int) -> ResponseReturnValue:
    """The sound of one recording."""
    with services().store.read() as connection:
        file = take_file(connection, signed_in().officer, take_id)
    return Response(file, mimetype="audio/wav")


def keep(prompt: str) -> ResponseReturnValue:
    """POST /prompts/<prompt>/takes: keep what was recorded or uploaded, and choose it."""
    officer, now, language = _who_changes(), services().now(), request.form.get("language", "")
    with services().store.read() as connection:
        prompt_page(connection, officer, language, prompt)  # before two minutes of sound are unpacked for nothing
    try:
        sound = telephone_sound(_uploaded())
        services().store.commit(
            lambda connection: prompt_takes.keep_take(connection, officer, language, prompt, sound, now)
        )
    except SoundRefusedError as refused:
        return page(prompt, str(REFUSALS[refused.why]), 422)
    except prompt_takes.ChangesFromCallToCallError:
        return page(
            prompt, gettext("This prompt holds what differs from call to call; only a machine can say it."), 422
        )
    return _to_page(prompt, language)


def choose(prompt: str) -> ResponseReturnValue:
    """POST /prompts/<prompt>/choice: one of the recordings, or the spoken words again."""
    officer, now, language = _who_changes(), services().now(), request.form.get("language", "")
    chosen = _number(request.form.get("take", ""))
    try:
        services().store.commit(
            lambda connection: prompt_takes.choose(connection, officer, language, prompt, chosen, now)
        )
    except prompt_takes.ChangesFromCallToCallError:
        return page(
            prompt, gettext("This prompt holds what differs from call to call; only a machine can say it."), 422
        )
    except prompt_takes.OtherWordsError:
        return page(prompt, gettext("That recording was made for other words. Please record the prompt anew."), 422)
    return _to_page(prompt, language)


def publish() -> ResponseReturnValue:
    """POST /prompts/publications: callers hear what was chosen, from the next call on."""
    officer, now, seen = _who_changes(), services().now(), request.form.get("version", "")
    try:
        services().store.commit(lambda connection: prompt_takes.publish(connection, officer, seen, now))
    except prompt_takes.PublishedMeanwhileError:
        said = gettext("Somebody has changed the choice since you opened this page. Please look at it again.")
        return overview(said, 409)
    return redirect(url_for("console.prompts", language=request.form.get("language") or None), 303)


ADDRESSES: tuple[tuple[str, str, Callable[..., ResponseReturnValue], str], ...] = (
    ("/prompts", "prompts", overview, "GET"),
    ("/prompts/<prompt>", "prompt", page, "GET"),
    ("/prompts/<prompt>/speech", "prompt_speech", speech, "GET"),
    ("/prompts/takes/<int:take_id>", "prompt_take", take, "GET"),
    ("/prompts/<prompt>/takes", "keep_prompt_take", keep, "POST"),
    ("/prompts/<prompt>/choice", "choose_prompt", choose, "POST"),
    ("/prompts/publications", "publish_prompts", publish, "POST"),
)


@cache
def _speaker() -> Speaker:
    return Speaker()


def _who_changes() -> OfficerRow:
    officer = signed_in().officer
    if not may_change(officer):
        raise AccessRefusedError
    return officer


def _uploaded() -> bytes:
    file = request.files.get("sound")
    if file is None:
        return b""
    with file.stream:
        return file.stream.read(LARGEST_FILE)


def _number(text: str) -> int | None:
    """The number of a recording; None for the spoken words. Raises NotFoundError for anything else."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFoundError
    return int(text)


def _to_page(prompt: str, language: str) -> ResponseReturnValue:
    return redirect(url_for("console.prompt", prompt=prompt, language=language), 303)
