"""A service in this process, what it follows, and somebody who looks at it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from callcenter.app.service import App
from callcenter.cli import main
from callcenter.config import Config, load
from tests.support.office import CONFIG, Run
from tests.support.postgres import Database
from tests.support.screen import Screen
from tests.support.switchboard import SECRET, USERNAME, Switchboard

Configure = Callable[..., Config]


@pytest.fixture
async def pbx() -> AsyncIterator[Switchboard]:
    async with Switchboard() as switchboard:
        yield switchboard


@pytest.fixture
def configure(tmp_path: Path, database: Database) -> Configure:
    """Writes the configuration of a service that follows a switchboard, and loads it."""

    def configure(pbx: Switchboard | int, *, dsn: str = database.dsn, extra: str = "", **keys: Any) -> Config:
        port = pbx if isinstance(pbx, int) else pbx.port
        owner = f'owner_dsn = "{database.owner_dsn}"' if dsn == database.dsn else ""
        path = tmp_path / "callcenter.toml"
        path.write_text(
            f'data_dir = "data"\n[web]\nlisten = "{keys.get("listen", "127.0.0.1:0")}"\n'
            f'[database]\ndsn = "{dsn}"\n{owner}\n'
            f'[[pbx]]\nname = "main"\nport = {port}\nusername = "{USERNAME}"\nsecret = "{SECRET}"\n'
            'trunks = ["trunk"]\n'
            '[[hotline]]\nnumber = "4001"\nname = "客户服务热线"\npbx = "main"\n' + extra
        )
        return load(path, {})

    return configure


@pytest.fixture
async def look() -> AsyncIterator[Callable[[App], Screen]]:
    async with aiohttp.ClientSession() as session:
        yield lambda app: Screen(app, session)


@pytest.fixture
def run(database: Database, tmp_path: Path, monkeypatch, capfdbinary) -> Run:
    """Runs a command on a fresh database; gives status, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CALLCENTER_CONFIG", raising=False)
    Path("callcenter.toml").write_text(CONFIG.format(dsn=database.dsn))

    def run(*words: str) -> tuple[int, str, str]:
        status = main(words)
        out, err = capfdbinary.readouterr()
        return status, out.decode(), err.decode()

    return run
