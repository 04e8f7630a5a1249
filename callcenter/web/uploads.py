"""Files that come with a request: the body itself, or the first file of a form."""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web

from callcenter.web import params
from callcenter.web.problems import Problem

NAME: Final = params.text("filename", "The file's name, where it comes as the body itself.")
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What came."""

    name: str
    """Its last part, with one of the endings that are taken."""
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that comes with a request."""

    types: dict[str, str]
    """Endings by media type."""
    largest: int
    """Bytes."""

    async def read(self, request: web.Request) -> File:
        """The file. Raises Problem 413 for too much, 415 for another type, 400 for a form without a file."""
        if request.content_type == "multipart/form-data":
            return await self._of_form(request)
        name = NAME.read(request) or _disposed(request) or ""
        name = self._named(name, request.content_type)
        return self._filled(name, await self._taken(request.content))

    async def _of_form(self, request: web.Request) -> File:
        try:
            form = await request.multipart()
            while (part := await form.next()) is not None:
                if isinstance(part, MultipartReader) or not part.filename:
                    continue
                kind = part.headers.get("Content-Type", "").partition(";")[0].strip()
                return self._filled(self._named(part.filename, kind), await self._taken(part))
        except ValueError:
            raise Problem(HTTPStatus.BAD_REQUEST, "the form can't be read") from None
        raise Problem(HTTPStatus.BAD_REQUEST, "the form has no file in it")

    async def _taken(self, source: StreamReader | BodyPartReader) -> bytes:
        data = bytearray()
        while chunk := await _next_chunk(source):
            data += chunk
            if len(data) > self.largest:
                told = f"the file is larger than {self.largest // 2**20} MiB"
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told)
        return bytes(data)

    def _named(self, name: str, kind: str) -> str:
        last = PurePosixPath(name.replace("\\", "/")).name
        if PurePosixPath(last).suffix.lower() in self.types.values():
            return last
        if kind in self.types:
            return f"{PurePosixPath(last).stem or 'upload'}{self.types[kind]}"
        endings = ", ".join(self.types.values())
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"send a file of one of these kinds, told by its name or its Content-Type: {endings}",
        )

    @staticmethod
    def _filled(name: str, data: bytes) -> File:
        if not data:
            raise Problem(HTTPStatus.BAD_REQUEST, "the file is empty")
        return File(name=name, data=data)


async def _next_chunk(source: StreamReader | BodyPartReader) -> bytes:
    return await (source.read(_CHUNK) if isinstance(source, StreamReader) else source.read_chunk(_CHUNK))


def _disposed(request: web.Request) -> str | None:
    disposition = request.headers.get("Content-Disposition", "")
    _, _, rest = disposition.partition("filename=")
    return rest.partition(";")[0].strip().strip('"') or None
