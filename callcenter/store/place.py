"""Where the embedded PostgreSQL lives, and as whom.

PostgreSQL refuses to run as root, so a service that is root hands it to a user without rights. That
user must be able to walk to the data and to the programs, and we change no folder that isn't ours to
make that possible: where ``data_dir`` lies behind a closed door (``/root``), the database gets a
folder of its own elsewhere, and ``data_dir`` keeps a note of where.

::

    data_dir/postgres.password   0600  of the two roles, ours
    data_dir/postgres.lock             held while somebody starts the server
    data_dir/postgres.place            only if the folder below is elsewhere: where
    data_dir/postgres/           0711
        data/                    0700  the database, of the user it runs as
        socket/                  0700  likewise
        programs/                0755  a copy of the programs, only if that user can't reach them
"""

import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534
ELSEWHERE = ("/var/lib", "/var/tmp", "/tmp")  # noqa: S108 -- a fresh 0711 folder of our own in it
LONGEST_SOCKET = 107 - len("/.s.PGSQL.5432.lock")


class PostgresFailed(Exception):
    """The embedded PostgreSQL can't run. The text is one sentence for an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """The user that the server runs as."""

    uid: int
    gid: int
    dropped: bool
    """Whether that is somebody else than we are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The server's own folder and its user."""

    home: Path
    runner: Runner

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def programs(self) -> Path:
        return self.home / "programs"


def runner(user: str | None = None) -> Runner:
    """Who the server runs as: ourselves, or if we are root *user* (default: nobody).

    Raises PostgresFailed.
    """
    if os.geteuid() != 0:
        return Runner(uid=os.geteuid(), gid=os.getegid(), dropped=False)
    if user is None:
        return Runner(uid=NOBODY, gid=NOBODY, dropped=True)
    try:
        entry = pwd.getpwnam(user)
    except KeyError:
        raise PostgresFailed(f"there is no user {user} to run PostgreSQL as") from None
    if entry.pw_uid == 0:
        raise PostgresFailed("PostgreSQL does not run as root: name another user")
    return Runner(uid=entry.pw_uid, gid=entry.pw_gid, dropped=True)


def settle(data_dir: Path, who: Runner) -> Place:
    """The place of the database of *data_dir*, made if there is none yet. Raises PostgresFailed."""
    try:
        _make_private(data_dir, who)
        note = data_dir / "postgres.place"
        home = _noted(note) if note.exists() else data_dir / "postgres"
        if not home.exists() and not _reachable(data_dir, who):
            home = _elsewhere()
            note.write_text(f"{home}\n")
        _make_private(home, who)
    except OSError as error:
        raise PostgresFailed(f"{data_dir} can't be used: {error.strerror}") from None
    if not _reachable(home, who):
        raise PostgresFailed(f"{home} is closed to uid {who.uid}, which PostgreSQL runs as: open its parents")
    return Place(home=home, runner=who)


def socket_folder(place: Place) -> Path:
    """A folder for the server's socket, made anew. A socket's path may only be 107 bytes long."""
    folder = place.home / "socket"
    if len(os.fsencode(folder)) > LONGEST_SOCKET or any(c in str(folder) for c in ',"\\'):
        folder = Path(tempfile.mkdtemp(prefix="callcenter-", dir="/tmp"))
    give(folder, place.runner)
    return folder


def give(folder: Path, who: Runner) -> None:
    """Make *folder* if need be, private to *who*."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    if who.dropped:
        os.chown(folder, who.uid, who.gid)


def may_run(program: Path, who: Runner) -> bool:
    """Whether *who* can reach and run *program*."""
    return not who.dropped or (_reachable(program.parent, who) and _allowed(program, who))


def check_owner(place: Place) -> None:
    """Raises PostgresFailed where the data are somebody else's: PostgreSQL would refuse them too."""
    try:
        owner = place.data.stat().st_uid
    except FileNotFoundError:
        return
    except PermissionError:
        raise PostgresFailed(f"{place.data} belongs to another user: run as that user, or as root") from None
    if owner != place.runner.uid:
        raise PostgresFailed(
            f"{place.data} belongs to uid {owner} and PostgreSQL would run as uid {place.runner.uid}: "
            "run as the user who made it, or choose another data_dir"
        )


def _make_private(folder: Path, who: Runner) -> None:
    """Make *folder* unless it is there: ours alone, and where we drop root, open to walk through."""
    if folder.exists():
        return
    folder.mkdir(parents=True)
    folder.chmod(0o711 if who.dropped else 0o700)


def _noted(note: Path) -> Path:
    home = Path(note.read_text().strip())
    if not home.is_dir():
        raise PostgresFailed(f"the database was kept in {home}, as {note} says, and that folder is gone")
    return home


def _elsewhere() -> Path:
    for base in ELSEWHERE:
        try:
            home = Path(tempfile.mkdtemp(prefix="callcenter-", dir=base))
        except OSError:
            continue
        home.chmod(0o711)
        return home
    raise PostgresFailed(f"none of {', '.join(ELSEWHERE)} can be written to")


def _reachable(folder: Path, who: Runner) -> bool:
    """Whether *who* may walk down to *folder*."""
    folder = folder.resolve()
    return not who.dropped or all(_allowed(step, who) for step in (folder, *folder.parents))


def _allowed(path: Path, who: Runner) -> bool:
    """Whether the permissions let *who* walk through the folder, or run the file."""
    status = path.stat()
    if status.st_uid == who.uid:
        return bool(status.st_mode & 0o100)
    if status.st_gid == who.gid:
        return bool(status.st_mode & 0o010)
    return bool(status.st_mode & 0o001)
