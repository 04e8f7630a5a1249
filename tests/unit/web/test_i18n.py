"""The screens speak Chinese and English, wholly."""

import re
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from callcenter.web.i18n import LOCALES, Language, accepted, load, spoken
from callcenter.web.pages import TEMPLATES

WEB = TEMPLATES.parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"trimmed": "true"}}
KEYWORDS = {"_": None, "mark": None, "gettext": None}
TAGS = re.compile(
    r"\{% block kind %\}.*?\{% endblock %\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!doctype[^>]*>|<[^<>]*>",
    re.DOTALL,
)
SPOKEN_ATTRIBUTE = re.compile(r'(?:title|aria-label|alt|placeholder)="(?!\{\{)[^"]*\w')


def said():
    """Every message in the code and the templates."""
    return {str(found[2]) for found in extract_from_dir(str(WEB), METHODS, OPTIONS, KEYWORDS)}


def catalogue(language):
    with (LOCALES / language.catalogue / "LC_MESSAGES" / "callcenter.po").open("rb") as file:
        return read_po(file, locale=language.catalogue)


def test_no_message_lacks_its_chinese():
    messages = {message.id: message for message in catalogue(Language.CHINESE) if message.id}
    assert said() - set(messages) == set()
    assert [message.id for message in messages.values() if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("language", Language)
def test_no_catalogue_keeps_what_nobody_says_any_more(language):
    assert {message.id for message in catalogue(language) if message.id} == said()


def test_translations_have_the_same_places_to_fill():
    for message in catalogue(Language.CHINESE):
        assert places(str(message.string)) == places(str(message.id)), message.id


def places(text):
    named = {name for _, name, _, _ in Formatter().parse(text) if name}
    return named | set(re.findall(r"%\((\w+)\)", text))


@pytest.mark.parametrize("template", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_no_template_has_text_that_is_not_translated(template):
    source = template.read_text(encoding="utf-8")
    bare = [text.strip() for text in TAGS.split(source) if re.search(r"[^\W\d_]", text)]
    allowed = {"/api/v1/openapi.json", "/metrics", "/readyz"}  # addresses
    assert set(bare) - allowed == set()
    assert SPOKEN_ATTRIBUTE.findall(source) == []


@pytest.mark.parametrize("script", sorted((WEB / "static" / "js").glob("*.js")), ids=lambda path: path.name)
def test_scripts_have_no_words_of_their_own(script):
    code = re.sub(r"//.*|/\*.*?\*/", "", script.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert re.findall(r"[\u4e00-\u9fff]+", code) == []


def test_scripts_say_only_what_they_are_given():
    from callcenter.web.client import MESSAGES

    sources = [path.read_text(encoding="utf-8") for path in (WEB / "static" / "js").glob("*.js")]
    asked = {name for source in sources for name in re.findall(r'say\("(\w+)"', source)}
    assert asked <= set(MESSAGES)
    whole = "\n".join(sources)
    assert [
        name for name in MESSAGES if f'"{name.removesuffix("_one")}"' not in whole and f".{name}" not in whole
    ] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-Hans-CN", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-GB,en;q=0.9", "en"),
        ("en;q=0.5, zh;q=0.8", "zh-CN"),
        ("de-DE, zh;q=0.1", "zh-CN"),
        ("zh;q=0, en", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        (";;q=x,,", "en"),
    ],
)
def test_the_browser_is_answered_in_the_language_it_prefers(header, language):
    assert accepted(header) == language


async def test_a_choice_is_kept(client):
    answer = await client.get("/wallboard/4001?lang=zh-CN", headers={"Accept-Language": "en"})
    assert "今日三声接听率" in await answer.text()
    cookie = answer.cookies["lang"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("zh-CN", True, "Lax")
    again = await client.get("/wallboard/4001", headers={"Accept-Language": "en"})
    assert "今日三声接听率" in await again.text()
    assert again.headers["Content-Language"] == "zh-CN"


async def test_a_language_that_there_is_not_is_not_kept(client):
    answer = await client.get("/?lang=xx")
    assert "lang" not in answer.cookies
    assert answer.headers["Content-Language"] == "en"


def test_the_target_is_said_as_people_say_it():
    assert (
        load(Language.CHINESE)("Answered within %(n)s rings") % {"n": spoken(3, Language.CHINESE)}
        == "三声接听率"
    )
    assert (spoken(2, Language.CHINESE), spoken(12, Language.CHINESE), spoken(3, Language.ENGLISH)) == (
        "两",
        "12",
        "3",
    )
