"""The file that is being written: one gzip member from its opening on, readable up to the last write."""

import os
import zlib
from datetime import datetime, timedelta
from typing import Final

from callcenter.evidence.shelf import EPOCH, HOUR, Shelf
from callcenter.terms import Instant, PbxName

_HEADER: Final = b"# callcenter capture 1\n"
_LEVEL: Final = 6


class OpenVolume:
    """Appends to one hour of one PBX. Methods may raise OSError; the volume is then useless."""

    def __init__(self, shelf: Shelf, pbx: PbxName, hour: datetime) -> None:
        self.until = Instant((hour + HOUR - EPOCH) // timedelta(microseconds=1))
        """When the next hour begins."""
        self._handle = shelf.open(pbx, hour)
        self._deflate = zlib.compressobj(_LEVEL, wbits=16 + zlib.MAX_WBITS)
        try:
            self.write(_HEADER)
        except OSError:
            os.close(self._handle)
            raise

    def write(self, data: bytes) -> None:
        """Add *data*: with the operating system when this returns, so that our own end loses none of it."""
        self._all(self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH))

    def close(self) -> None:
        """End the file well, and see it onto the disk."""
        try:
            self._all(self._deflate.flush())
            os.fsync(self._handle)
        finally:
            os.close(self._handle)

    def abandon(self) -> None:
        """Let go of a file that failed."""
        os.close(self._handle)

    def _all(self, data: bytes) -> None:
        """All of *data* or, as far as that can be had, nothing of it."""
        size = os.fstat(self._handle).st_size
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._handle, view) :]
        except OSError:
            os.ftruncate(self._handle, size)
            raise
