"""Text on its way into PostgreSQL, which has no place for the character NUL nor for half a character."""

from typing import TypeVar

T = TypeVar("T", str, str | None)


def clean(value: T) -> T:
    """*value* as it can be stored: what can't be becomes U+FFFD."""
    if value is None:
        return None
    return value.replace("\0", "\ufffd").encode(errors="replace").decode()
