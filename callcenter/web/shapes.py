"""Words that shapes of JSON are described in."""

from typing import Any, Final

Schema = dict[str, Any]


def optional(schema: Schema) -> Schema:
    """The same, or null."""
    if "$ref" in schema or "enum" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema | {"type": [schema["type"], "null"]}


def enum_of(kind: type[Any], doc: str = "") -> Schema:
    """One of an enumeration's words."""
    return {"type": "string", "enum": [member.value for member in kind]} | (
        {"description": doc} if doc else {}
    )


def list_of(items: Schema) -> Schema:
    """Any number of them."""
    return {"type": "array", "items": items}


def object_of(properties: Schema, *, may_lack: tuple[str, ...] = (), doc: str = "") -> Schema:
    """An object that has all these, but for those it *may_lack*."""
    required = [name for name in properties if name not in may_lack]
    told: Schema = {"type": "object", "required": required, "properties": properties}
    return told | ({"description": doc} if doc else {})


def ref(name: str) -> Schema:
    """The shape of that name."""
    return {"$ref": f"#/components/schemas/{name}"}


TEXT: Final[Schema] = {"type": "string"}
TIME: Final[Schema] = {"type": "string", "format": "date-time"}
NUMBER: Final[Schema] = {"type": "number"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
WHOLE: Final[Schema] = {"type": "integer"}
BOOL: Final[Schema] = {"type": "boolean"}
RATE: Final[Schema] = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
