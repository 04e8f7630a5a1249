"""JSON bodies: one object decodes a body, names the field at fault and tells of it in the API's
description."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from aiohttp import web

from callcenter.web.problems import Problem

T = TypeVar("T", bound="Given")

_NO_CONTROLS: Final = r"[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
Word = Annotated[
    str, msgspec.Meta(min_length=1, max_length=100, pattern=r"^(?=\S)(?![\s\S]*[\x00-\x1f\x7f])")
]
"""An id, a number, a name: verbatim, in one line."""
NewId = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^(?![\s\S]*[^A-Za-z0-9._+-])")]
"""An id to be given: it stands in addresses and in dialplans."""
Sentence = Annotated[
    str, msgspec.Meta(min_length=1, max_length=500, pattern=rf"^(?=[\s\S]*\S){_NO_CONTROLS}")
]
"""A reason; blank is none."""
Remark = Annotated[str, msgspec.Meta(max_length=500, pattern=rf"^{_NO_CONTROLS}")]
"""As Sentence, and may be left empty."""
LONGEST_TEXT: Final = 10_000
Text = Annotated[
    str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT, pattern=rf"^(?=[\s\S]*\S){_NO_CONTROLS}")
]
"""What somebody has to tell."""
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware time."""

_PLACE: Final = re.compile(r"(.*?)(?: - at `(?:key in )?\$(.*)`)?", re.DOTALL)
_KINDS: Final = {
    "str": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "an object", "datetime": "a time in ISO 8601 with its offset from UTC", "date": "a date",
    "null": "null",
}  # fmt: skip


class Given(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, frozen=True):
    """What a request brings. A field that nobody reads is refused: a typo would else be passed over."""


@dataclass(frozen=True, slots=True)
class Body(Generic[T]):
    """A request's JSON body."""

    kind: type[T]

    @property
    def is_optional(self) -> bool:
        """Whether a request without a body means the defaults."""
        return not any(field.required for field in msgspec.structs.fields(self.kind))

    async def read(self, request: web.Request) -> T:
        """The body, checked. Raises Problem 415 for another type than JSON, 413 for too much, 400 for what is
        no JSON, and 422 that names the ``field`` at fault."""
        raw = await request.read()
        if not raw and self.is_optional:
            return self.kind()
        if request.content_type != "application/json":
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON, as Content-Type: application/json")
        try:
            return msgspec.json.decode(raw, type=self.kind)
        except msgspec.ValidationError as fault:
            raise _fault(self.kind, str(fault)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Problem(HTTPStatus.BAD_REQUEST, "the body is not valid JSON") from None


def field_fault(field: str, detail: str) -> Problem:
    """A field of the body that is well written and can't be used."""
    if not field:
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"the body {detail}")
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"{field}: {detail}", field=field)


def _fault(kind: type[Given], said: str) -> Problem:
    match = _PLACE.fullmatch(said)
    text, place = (match[1], match[2] or "") if match else (said, "")
    place = place.removeprefix(".")
    for pattern, tell in _TELLINGS:
        if found := re.match(pattern, text):
            field, detail = tell(kind, place, found)
            return field_fault(field, detail)
    return field_fault(place, "can't be used")


Telling = Callable[[type[Given], str, re.Match[str]], tuple[str, str]]


def _missing(_: type[Given], place: str, found: re.Match[str]) -> tuple[str, str]:
    return f"{place}.{found[1]}".removeprefix("."), "is missing"


def _unknown(kind: type[Given], place: str, found: re.Match[str]) -> tuple[str, str]:
    known = ", ".join(_names(kind)) if not place else ""
    told = f" (there are: {known})" if known else ""
    return f"{place}.{found[1]}".removeprefix("."), f"there is no such field here{told}"


def _word(kind: type[Given], place: str, _: re.Match[str]) -> tuple[str, str]:
    words = _words(kind, place)
    return place, f"must be one of {', '.join(words)}" if words else "is not one of the words known here"


def _kind(_: type[Given], place: str, found: re.Match[str]) -> tuple[str, str]:
    wanted = [_KINDS.get(name, name) for name in found[1].split(" | ") if name != "null"]
    return place, f"must be {' or '.join(wanted)}"


def _length(_: type[Given], place: str, found: re.Match[str]) -> tuple[str, str]:
    unit = "characters" if found[1] == "str" else "entries"
    return place, f"must have at {'least' if found[2] == '>=' else 'most'} {found[3]} {unit}"


def _said(detail: str) -> Telling:
    return lambda _kind, place, _found: (place, detail)


_TELLINGS: Final[tuple[tuple[str, Telling], ...]] = (
    (r"Object missing required field `(.*)`", _missing),
    (r"Object contains unknown field `(.*)`", _unknown),
    (r"Invalid enum value", _word),
    (r"Expected `(.*)`, got ", _kind),
    (r"Expected `(str|array|object)` of length (>=|<=) (\d+)", _length),
    (r"Expected `str` matching regex '.*A-Za-z", _said("may hold Latin letters, digits and . _ + - only")),
    (r"Expected `str` matching regex", _said("must not be blank or hold control characters")),
    (r"Expected `datetime` with", _said("must say its offset from UTC, such as 2026-11-21T08:00:00+08:00")),
    (r"Invalid RFC3339 encoded datetime", _said("must be a time in ISO 8601 such as 2026-11-21T08:00:00Z")),
    (r"Invalid RFC3339 encoded date", _said("must be a date such as 2026-11-21")),
)


def _names(kind: type[Given]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(kind)]


def _words(kind: type[Given], place: str) -> list[str]:
    """The words that the enumeration at *place* has, if it stands in the outermost object or its list."""
    inner = re.sub(r"\[[^]]*\]", "", place).split(".")
    schema: Mapping[str, Any] = _components([kind])[kind.__name__]
    defined = _components([kind])
    for name in inner:
        schema = _resolved(schema.get("properties", {}).get(name, {}), defined)
    return [str(word) for word in schema.get("enum", []) if word is not None]


def _resolved(schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            schema = option
    schema = schema.get("items", schema)
    name = schema.get("$ref", "").rpartition("/")[2]
    return defined[name] if name else schema


def _components(kinds: list[type[Any]]) -> dict[str, Any]:
    return msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")[1]


def body_schemas(bodies: list[Body[Any]]) -> dict[str, Any]:
    """The shapes of all bodies and what they are made of, by name."""
    return _components([body.kind for body in bodies])
