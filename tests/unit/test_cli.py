"""The command line: a newcomer's map, and one line for whatever goes wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from callcenter.cli import main


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Runs a command in an empty folder; gives its exit status, stdout, and stderr's lines."""
    monkeypatch.chdir(tmp_path)
    for name in ("CALLCENTER_CONFIG", "CALLCENTER_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> tuple[int, str, list[str]]:
        status = main(arguments)
        out, err = capsys.readouterr()
        return status, out, err.splitlines()

    return run


def test_the_help_shows_every_command_and_where_to_begin(run):
    status, out, err = run("--help")

    assert status == 0
    assert err == []
    commands = (
        "demo serve check-config migrate replay capture explain retell token roster people sign logbook"
    )
    for word in commands.split():
        assert word in out
    assert "callcenter demo" in out


@pytest.mark.parametrize(
    "command",
    [
        "demo",
        "serve",
        "check-config",
        "migrate",
        "replay",
        "capture",
        "explain",
        "retell",
        "token create",
        "token list",
        "token revoke",
        "roster import",
        "roster export",
        "roster check",
        "roster show",
        "roster template",
        "roster plan",
        "roster ical",
        "people import",
        "people list",
        "sign in",
        "sign out",
        "logbook verify",
        "logbook list",
    ],
)
def test_every_command_explains_itself(run, command):
    status, out, _ = run(*command.split(), "--help")

    assert status == 0
    assert "Usage: callcenter" in out


def test_the_version_is_told(run):
    status, out, _ = run("--version")

    assert status == 0
    assert out.startswith("callcenter ")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("sreve", "No such command 'sreve'"),
        ("serve --confg x", "No such option"),
        ("demo --port eighty", "--port"),
        ("demo --port 99999", "--port"),
        ("token create", "--role"),
        ("token create --role boss", "--role"),
        ("replay", "FILE"),
        ("capture", "--out"),
    ],
)
def test_a_slip_in_the_command_is_one_line_and_status_2(run, command, told):
    status, out, err = run(*command.split())

    assert status == 2
    assert out == ""
    assert len(err) == 1
    assert told in err[0]


@pytest.mark.parametrize("command", ["serve", "check-config", "migrate", "token list", "capture --out x"])
def test_without_a_configuration_it_says_where_it_looked(run, command):
    status, _, (line,) = run(*command.split())

    assert status == 2
    assert "--config" in line
    assert "callcenter.toml" in line


def test_faults_of_the_configuration_are_a_line_each_and_status_2(run, tmp_path):
    Path("callcenter.toml").write_text('[[pbx]]\nname = "main"\nsecrt = "x"\n')

    status, out, err = run("serve")

    assert status == 2
    assert out == ""
    assert err == [
        "callcenter: callcenter.toml:1: [[pbx]] #1 secret: is missing",
        "callcenter: callcenter.toml:1: [[pbx]] #1 username: is missing",
        "callcenter: callcenter.toml:3: [[pbx]] #1 secrt: unknown key; did you mean secret?",
    ]


def test_the_environment_names_the_file_where_none_is_here(run, tmp_path, monkeypatch):
    other = tmp_path / "elsewhere.toml"
    other.write_text("broken = [")
    monkeypatch.setenv("CALLCENTER_CONFIG", str(other))

    status, _, (line,) = run("serve")

    assert status == 2
    assert line.startswith(f"callcenter: {other}:1: not TOML")


def test_a_file_that_is_not_there_is_one_line(run):
    status, _, err = run("serve", "--config", "nowhere.toml")

    assert (status, err) == (2, ["callcenter: nowhere.toml: can't be read: No such file or directory"])


def test_what_nobody_thought_of_is_one_line_without_a_number_in_it(run, monkeypatch):
    def broken(path: Path | None) -> None:
        raise RuntimeError("first\nsecond 13800138000")

    monkeypatch.setattr("callcenter.commands.service.serve", broken)

    status, _, err = run("serve")

    assert status == 1
    assert err == [
        "callcenter: unexpected RuntimeError: first second …00 (CALLCENTER_DEBUG=1 shows the trace)"
    ]


def test_the_trace_of_it_comes_when_asked_for(run, monkeypatch):
    def broken(path: Path | None) -> None:
        raise RuntimeError

    monkeypatch.setattr("callcenter.commands.service.serve", broken)
    monkeypatch.setenv("CALLCENTER_DEBUG", "1")

    _, _, err = run("serve")

    assert err[0].startswith("Traceback")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_it_runs_as_a_module_and_help_needs_nothing_heavy():
    code = (
        "import sys; from callcenter.cli import main; main(['--help']);"
        "heavy = {'aiohttp', 'asyncpg', 'sqlalchemy', 'panoramisk', 'prometheus_client'};"
        "sys.exit(', '.join(heavy & sys.modules.keys()) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr

    done = subprocess.run(
        [sys.executable, "-m", "callcenter", "bogus"], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("start", "end", "extra", "why"),
    [
        ("yesterday", "2026-11-21T09:00Z", "", "--from must be a time in ISO 8601"),
        ("2026-11-21T08:00", "2026-11-21T09:00Z", "", "--from must say its offset from UTC"),
        ("2026-11-21T09:00Z", "2026-11-21T09:00Z", "", "--to must be later than --from"),
        ("2026-11-21T08:00Z", "2026-11-21T09:00Z", "[evidence]\nkeep_days = 0\n", "keep_days is 0"),
    ],
)
def test_what_can_t_be_judged_again_is_refused_before_anything_is_asked(run, start, end, extra, why):
    pbx = '[[pbx]]\nname = "main"\nusername = "a"\nsecret = "b"\n'
    Path("callcenter.toml").write_text(extra + pbx)

    status, out, err = run("retell", "--from", start, "--to", end)

    assert (status, out, len(err)) == (2, "", 1)
    assert why in err[0]


def test_an_id_that_is_none_is_explained(run):
    Path("callcenter.toml").write_text('[[pbx]]\nname = "main"\nusername = "a"\nsecret = "b"\n')

    status, out, err = run("explain", "1795277906.41")

    assert (status, out, len(err)) == (2, "", 1)
    assert "a call's id is <pbx>:<uniqueid>" in err[0]
