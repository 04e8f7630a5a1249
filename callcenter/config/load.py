"""Finding, reading and judging the configuration."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from callcenter.config.faults import ConfigError, Fault, Place, line_numbers, line_of, nearest, sentence, show
from callcenter.config.overlay import Overlay, secret_files
from callcenter.config.schema import Config, table_at
from callcenter.config.together import judge
from callcenter.records.place import place_of

DEFAULT_FILE = Path("callcenter.toml")
VARIABLE = "CALLCENTER_CONFIG"


def find(given: Path | None, environ: Mapping[str, str] = os.environ) -> Path | None:
    """The file to read: the one *given*, else ./callcenter.toml, else ``$CALLCENTER_CONFIG``, else None."""
    if given is not None:
        return given
    if DEFAULT_FILE.is_file():
        return DEFAULT_FILE
    named = environ.get(VARIABLE)
    return Path(named) if named else None


def load(path: Path | None, environ: Mapping[str, str] = os.environ) -> Config:
    """Read *path* (None: the environment alone) and judge it.

    Relative paths in it are relative to the file. Raises :class:`ConfigError` with every fault.
    """
    text = _read(path) if path else ""
    file = str(path) if path else "configuration"
    data = _parse(text, file)
    overlay = Overlay(data)
    overlay.environment(environ)
    base = path.parent if path else Path()
    faults = [*overlay.faults, *secret_files(data, base), *judge(data)]
    config = _validate(data, faults)
    if config is None or faults:
        numbers = line_numbers(text)

        def order(fault: Fault) -> tuple[int, str]:
            return line_of(fault.place, numbers) or 0, repr(fault.place)

        known = dict.fromkeys(_with_origin(fault, overlay.origin) for fault in faults)
        raise ConfigError(show(fault, file, numbers) for fault in sorted(known, key=order))
    return _settled(config, base)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path}:{line}: is not UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: can't be read: {error.strerror}"]) from None


def _parse(text: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, where = str(error).partition(" (at ")
        line = where.removeprefix("line ").split(",")[0]
        if not line.isdecimal():
            line = str(text.rstrip().count("\n") + 1)  # "at end of document"
        raise ConfigError([f"{file}:{line}: not TOML: {what[:1].lower()}{what[1:]}"]) from None


def _validate(data: dict[str, Any], faults: list[Fault]) -> Config | None:
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        told = {fault.place for fault in faults}
        faults += [f for f in map(_fault, found) if f.place not in told]  # type: ignore[arg-type]  # TypedDict
        return None


def _fault(error: dict[str, Any]) -> Fault:
    place: Place = tuple(error["loc"])
    if error["type"] != "extra_forbidden":
        return Fault(place, sentence(error))
    table = table_at(place[:-1])
    known = [*table.model_fields] if table else []
    return Fault(place, f"unknown key; {nearest(str(place[-1]), known)}")


def _with_origin(fault: Fault, origin: Mapping[Place, str]) -> Fault:
    variable = origin.get(fault.place) or origin.get(fault.place[:3])
    return Fault(fault.place, fault.what, variable) if variable else fault


def _settled(config: Config, base: Path) -> Config:
    """The configuration with absolute paths, and each hotline with its PBX's name."""
    only = config.pbx[0].name if len(config.pbx) == 1 else ""
    hotlines = [h.model_copy(update={"pbx": h.pbx or only}) for h in config.hotline]
    pbx = [p.model_copy(update={"tls_ca": _absolute(p.tls_ca, base)}) for p in config.pbx]
    return config.model_copy(
        update={
            "data_dir": _absolute(config.data_dir, base),
            "hotline": tuple(hotlines),
            "pbx": tuple(pbx),
            "records": config.records.model_copy(
                update={
                    "cel": _placed(config.records.cel, base),
                    "cdr": _placed(config.records.cdr, base),
                    "queue_log": _placed(config.records.queue_log, base),
                }
            ),
            "spool": config.spool.model_copy(update={"path": _absolute(config.spool.path, base)}),
            "evidence": config.evidence.model_copy(update={"path": _absolute(config.evidence.path, base)}),
        }
    )


def _placed(records: SecretStr | None, base: Path) -> SecretStr | None:
    place = place_of(records.get_secret_value(), "records") if records else None
    return SecretStr(str(_absolute(place, base))) if isinstance(place, Path) else records


def _absolute(path: Path | None, base: Path) -> Path | None:
    return (base / path.expanduser()).resolve() if path else None
