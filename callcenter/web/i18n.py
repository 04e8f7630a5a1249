"""Languages of the screens: gettext catalogues, and which one a request wants.

The catalogues are read from their ``.po`` files at start: nothing has to be compiled, and what a translator
saved is what is shown.
"""

from dataclasses import dataclass
from enum import StrEnum
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from aiohttp import web
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from callcenter.web.keys import SETTINGS

LOCALES: Final = Path(__file__).parent / "locale"
COOKIE: Final = "lang"
_A_YEAR: Final = 365 * 86400


class Language(StrEnum):
    """A language of the screens, by its BCP 47 tag."""

    CHINESE = "zh-CN"
    ENGLISH = "en"

    @property
    def catalogue(self) -> str:
        """The name of its folder."""
        return self.value.replace("-", "_")


@dataclass(frozen=True, slots=True)
class Speech:
    """One language with its catalogue."""

    language: Language
    translations: GNUTranslations

    def __call__(self, message: str) -> str:
        """The message in this language."""
        return self.translations.gettext(message)


def load(language: Language) -> Speech:
    """Read a catalogue."""
    path = LOCALES / language.catalogue / "LC_MESSAGES" / "callcenter.po"
    binary = BytesIO()
    with path.open("rb") as file:
        write_mo(binary, read_po(file, locale=language.catalogue))
    binary.seek(0)
    return Speech(language, GNUTranslations(binary))


def spoken(n: int, language: Language) -> str:
    """A small number as the language writes it in a title: 三声, not 3声."""
    if language is Language.CHINESE and 1 <= n <= 10:
        return "一两三四五六七八九十"[n - 1]
    return str(n)


def mark(message: str) -> str:
    """Name a message for the extractor where it is not translated yet."""
    return message


def wanted(request: web.Request) -> Language:
    """``?lang=``, else the cookie, else what the browser prefers, else English."""
    for given in (request.query.get("lang"), request.cookies.get(COOKIE)):
        if given in list(Language):
            return Language(given)
    return accepted(request.headers.get("Accept-Language", ""))


def accepted(header: str) -> Language:
    """The best of ``Accept-Language``. Any Chinese is nearer to zh-CN than to English."""
    for _, tag in sorted(_weighed(header), key=lambda item: -item[0]):
        primary = tag.split("-")[0].lower()
        for language in Language:
            if primary == language.value.split("-")[0]:
                return language
    return Language.ENGLISH


def remember(request: web.Request, response: web.StreamResponse) -> None:
    """Keep a choice that was made by ``?lang=``."""
    given = request.query.get("lang")
    if given in list(Language):
        secure = request.app[SETTINGS].secure
        response.set_cookie(
            COOKIE, given, max_age=_A_YEAR, path="/", httponly=True, samesite="Lax", secure=secure
        )


def _weighed(header: str) -> list[tuple[float, str]]:
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((float(weight) if weight else 1.0, tag))
        except ValueError:
            continue
    return [(weight, tag) for weight, tag in weighed if weight > 0]
