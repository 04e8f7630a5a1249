"""Files that come with a request: the body itself, or the first file of a form."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web

from callcenter.web import params
from callcenter.web.problems import Problem

NAME: Final = params.text("filename", "The file's name, where it comes as the body itself.")
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that comes with a request."""

    types: dict[str, str]
    """Endings by media type."""
    largest: int
    """Bytes."""

    async def read(self, request: web.Request) -> bytes:
        """The file's bytes. Raises Problem 413 for too much, 415 for another type, 400 for none."""
        if request.content_type == "multipart/form-data":
            return await self._of_form(request)
        self._check_kind(NAME.read(request) or _disposed(request) or "", request.content_type)
        return await self._taken(request.content)

    async def _of_form(self, request: web.Request) -> bytes:
        try:
            form = await request.multipart()
            while (part := await form.next()) is not None:
                if isinstance(part, MultipartReader) or not part.filename:
                    continue
                kind = part.headers.get("Content-Type", "").partition(";")[0].strip()
                self._check_kind(part.filename, kind)
                return await self._taken(part)
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
        if not data:
            raise Problem(HTTPStatus.BAD_REQUEST, "the file is empty")
        return bytes(data)

    def _check_kind(self, name: str, kind: str) -> None:
        if kind in self.types or name.lower().endswith(tuple(self.types.values())):
            return
        endings = ", ".join(self.types.values())
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"send a file of one of these kinds, told by its name or its Content-Type: {endings}",
        )


async def _next_chunk(source: StreamReader | BodyPartReader) -> bytes:
    return await (source.read(_CHUNK) if isinstance(source, StreamReader) else source.read_chunk(_CHUNK))


def _disposed(request: web.Request) -> str | None:
    disposition = request.headers.get("Content-Disposition", "")
    _, _, rest = disposition.partition("filename=")
    return rest.partition(";")[0].strip().strip('"') or None
