"""The end of a file that is appended to."""

from pathlib import Path


def tail(path: Path, size: int) -> tuple[str, bool]:
    """The last lines within *size* bytes, whole ones; whether that is the whole file. Raises OSError."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(max(0, length - size))
        data = file.read(size)
    if length > size:
        data = data.partition(b"\n")[2]
    data = data[: data.rfind(b"\n") + 1]  # the last line may be half written
    return data.decode("utf-8", "replace"), length <= size
