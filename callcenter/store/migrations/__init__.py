"""The schema's history, kept by Alembic. A revision's SQL is in ``sql/``, plain and readable by itself."""

from importlib.resources import files


def statements(name: str) -> list[str]:
    """The statements of ``sql/<name>.sql``; each ends with a semicolon before a blank line or the end."""
    text = files(__package__).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
    return [part.strip().removesuffix(";") for part in text.split(";\n\n") if part.strip()]
