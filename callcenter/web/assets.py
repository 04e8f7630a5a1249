"""Static files under an address that changes with their content: browsers keep them for ever, and an
update is seen at once. ES modules import one another by relative names, so the tree has one hash."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from aiohttp import web

from callcenter.web.problems import Problem

STATIC: Final = Path(__file__).parent / "static"
_FOREVER: Final = "public, max-age=31536000, immutable"


class Assets:
    """The files in one folder."""

    def __init__(self, root: Path = STATIC) -> None:
        self._files = {path.relative_to(root).as_posix(): path for path in _files(root)}
        self.build = _digest(self._files)

    def url(self, name: str) -> str:
        """Where *name* is served."""
        return f"/static/{self.build}/{name}"

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self._files

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer one file. A page older than the service asks by an old hash: it gets today's, unkept."""
        path = self._files.get(request.match_info["name"])
        if path is None:
            raise Problem.not_found("there is no such file")
        is_current = request.match_info["build"] == self.build
        return web.FileResponse(path, headers={"Cache-Control": _FOREVER if is_current else "no-cache"})

    async def favicon(self, _: web.Request) -> web.StreamResponse:
        """Browsers ask for it by themselves."""
        return web.FileResponse(
            self._files["favicon.svg"], headers={"Cache-Control": "public, max-age=86400"}
        )


ASSETS: Final = web.AppKey("ASSETS", Assets)


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.name.startswith("."))


def _digest(files: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
