"""Three languages, complete."""

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from flask import Flask

import hotline.console
from hotline.console import blueprint, words
from ivr_flows.taxonomy import load_taxonomy
from tests import cast
from tests.hotline.console.conftest import Visitor

HERE = Path(hotline.console.__file__).parent
LANGUAGES = ("vi", "ru")
PLACEHOLDER = re.compile(r"%\(\w+\)s")


def catalog(language: str) -> Catalog:
    file = HERE / "translations" / language / "LC_MESSAGES" / "console.po"
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


def msgids() -> set[str]:
    """Everything that the pages say, as found in the code and the templates."""
    methods = [("templates/**.html", "jinja2"), ("**.py", "python")]
    keywords = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(HERE, methods, keywords=keywords)
    return {_first(message) for _, _, message, _, _ in found}


def _first(message: str | tuple[str, ...]) -> str:
    """The singular, where there is a plural too."""
    return message if isinstance(message, str) else message[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_untranslated_and_nothing_is_left_over(language: str) -> None:
    translated = {
        entry.id[0] if isinstance(entry.id, tuple) else entry.id: entry for entry in catalog(language) if entry.id
    }
    assert len(msgids()) > 80
    assert set(translated) == msgids()
    for entry in translated.values():
        strings = entry.string if isinstance(entry.string, (tuple, list)) else (entry.string,)
        assert all(text.strip() for text in strings), entry.id
        assert not entry.fuzzy, entry.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_the_places_for_names_and_numbers(language: str) -> None:
    for entry in catalog(language):
        ids = entry.id if isinstance(entry.id, tuple) else (entry.id,)
        strings = entry.string if isinstance(entry.string, (tuple, list)) else (entry.string,)
        for text in strings:
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(ids[0])) or not entry.id, entry.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_file_is_the_written_one(language: str) -> None:
    compiled = HERE / "translations" / language / "LC_MESSAGES" / "console.mo"
    fresh = io.BytesIO()
    write_mo(fresh, catalog(language))
    with compiled.open("rb") as opened:
        assert _texts(read_mo(opened)) == _texts(read_mo(io.BytesIO(fresh.getvalue())))


def _texts(compiled: Catalog) -> dict[object, object]:
    return {str(entry.id): entry.string for entry in compiled if entry.id}


@pytest.mark.parametrize(("language", "heading"), [("vi", "Đăng nhập"), ("en", "Sign in"), ("ru", "Войти")])
def test_a_strangers_browser_or_choice_decides(stranger: Visitor, language: str, heading: str) -> None:
    page = stranger.browser.get("/sign-in", headers={"Accept-Language": language})
    assert f'<html lang="{language}">' in page.text
    assert f">{heading}</h1>" in page.text
    answer = stranger.sends("/language", language=language, page="/sign-in")
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert f">{heading}</h1>" in stranger.browser.get("/sign-in", headers={"Accept-Language": "fr"}).text


def test_without_any_hint_it_is_vietnamese(app: Flask) -> None:
    assert '<html lang="vi">' in app.test_client().get("/sign-in").text


def test_an_officer_keeps_the_chosen_language_at_every_browser(
    app: Flask, signed_in: Callable[[cast.Officer], Visitor]
) -> None:
    hanh = signed_in(cast.HANH)
    answer = hanh.sends("/language", language="ru", page="/reports?kind=report")
    assert answer.location == "/reports?kind=report"
    assert "<h1>Сообщения</h1>" in hanh.opens("/reports").text
    elsewhere = Visitor(app.test_client())
    elsewhere.signs_in(cast.HANH)
    assert "<h1>Звонки</h1>" in elsewhere.opens("/calls").text


@pytest.mark.parametrize("language", ["xx", "", "../vi", "en\x00"])
def test_a_language_we_do_not_have_changes_nothing(stranger: Visitor, language: str) -> None:
    assert stranger.sends("/language", language=language, page="https://evil.example").location == "/"
    assert stranger.browser.get_cookie("hotline_language") is None


@pytest.mark.parametrize("language", ["vi", "en", "ru"])
def test_every_code_has_a_word_in_every_language(app: Flask, language: str) -> None:
    taxonomy = load_taxonomy()
    with app.test_request_context(headers={"Cookie": f"hotline_language={language}"}):
        assert words.page_language() == language
        said = [words.category_name(code) for code in taxonomy.codes]
        said += [words.urgency_word(code) for code in taxonomy.urgencies]
        said += [words.status_word(code) for code in taxonomy.statuses]
        said += [words.report_outcome_word(code) for code in taxonomy.outcomes]
        said += [words.language_word(code) for code in ("vi", "en", "ru")]
        assert all(word and word not in taxonomy.codes for word in said)
        assert words.language_word("not a language") == "not a language"


def test_no_two_words_of_the_templates_have_the_same_name() -> None:
    """The later one would quietly take the earlier one's place."""
    names = [word.__name__ for words in blueprint.FILTERS for word in words]
    assert names
    assert len(names) == len(set(names))


def test_no_word_is_frozen_in_the_language_of_whoever_came_first(app: Flask) -> None:
    """Jinja works a filter of a constant out when it compiles the template, unless the filter reads the context."""
    with app.test_request_context(headers={"Accept-Language": "vi"}):
        template = app.jinja_env.from_string('{{ "received" | happened_word }}')
    said = []
    for language in ("vi", "en", "ru"):
        with app.test_request_context(headers={"Accept-Language": language}):
            said.append(template.render())
    assert said == ["Tiếp nhận lúc", "Received", "Получено"]
