"""The configuration, as an operator meets it: what is right loads, what is wrong is told by place."""

import re
import tomllib
from pathlib import Path

import pytest

from callcenter.config import Config, ConfigError, Listen, find, hotlines, load, sites
from callcenter.sites import Chain, WhenBusy

GOOD = """
[[pbx]]
name = "main"
host = "pbx.example"
username = "cc"
secret = "hush-hush"
trunks = ["provider"]

[[hotline]]
number = "4001"
name = "客户服务热线"

[[hotline]]
number = "_400X"
name = "售后服务热线"
cadence = [2, 4]
target_rings = 4

[[agent]]
id = "wang"
name = "王芳"
phones = ["1001", "1002"]
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "callcenter.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def faults(path: Path, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, environ or {})
    return [line.removeprefix(str(path)).removeprefix(":") for line in caught.value.lines]


def test_a_small_file_is_enough_and_the_rest_has_defaults(write):
    config = load(write(GOOD), {})

    (site,) = sites(config)
    assert site.pbx == "main"
    assert site.trunks == {"provider"}
    assert [h.number for h in site.hotlines] == ["4001", "_400X"]
    assert site.hotlines[0].cadence == (1.0, 4.0)
    assert site.hotlines[0].target_rings == 3
    assert site.hotlines[0].contexts == ("from-trunk", "from-pstn", "from-external")
    assert site.hotlines[1].cadence == (2.0, 4.0)
    assert site.agents[0].phones == ("1001", "1002")
    assert config.embedded
    assert config.web.listen == Listen("127.0.0.1", 8080)


def test_relative_paths_are_relative_to_the_file(write, tmp_path):
    config = load(write('data_dir = "here"\n[spool]\npath = "out/box.sqlite"\n' + GOOD), {})

    assert config.data_dir == tmp_path / "here"
    assert config.spool_path == tmp_path / "out/box.sqlite"
    assert load(write(GOOD), {}).spool_path == tmp_path / "var/spool.sqlite"


def test_an_unknown_key_names_its_place_and_the_key_that_was_meant(write):
    assert faults(write(GOOD.replace("secret =", "secrt ="))) == [
        "2: [[pbx]] #1 secret: is missing",
        "6: [[pbx]] #1 secrt: unknown key; did you mean secret?",
    ]
    assert faults(write(GOOD + "\n[databse]\ndsn = 'x'\n")) == [
        "24: databse: unknown key; did you mean database?"
    ]
    assert faults(write(GOOD + "\n[web]\nlisten_on = '127.0.0.1:1'\n")) == [
        "25: [web] listen_on: unknown key; did you mean listen?"
    ]


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("cadence", '"xx"', "cadence: a country's preset"),
        ("cadence", "[0, 0]", "cadence: a country's preset"),
        ("cadence", "[]", "cadence: a country's preset"),
        ("cadence", "[1, -1, 4]", "cadence: a country's preset"),
        ("cadence", "[1e400, 1]", "cadence: a country's preset"),
        ("cadence", "3", "cadence: a country's preset"),
        ("time_zone", '"Asia/Shanghia"', "time_zone: not a time zone's IANA name"),
        ("time_zone", '"../etc/passwd"', "time_zone: not a time zone's IANA name"),
        ("target_rings", "0", "target_rings: must be greater than or equal to 1"),
        ("target_rings", '"three"', "target_rings: must be a valid integer"),
        ("short_abandon_seconds", "-1", "short_abandon_seconds: must be greater than or equal to 0"),
        ("short_abandon_seconds", "nan", "short_abandon_seconds: must be"),
        ("contexts", "[]", "contexts: must not be an empty list"),
        ("pbx", '"mian"', 'pbx: no [[pbx]] has the name "mian"; did you mean main?'),
    ],
)
def test_a_wrong_value_of_a_hotline_is_told_with_its_place(write, key, value, told):
    text = GOOD.replace('name = "客户服务热线"', f'name = "客户服务热线"\n{key} = {value}')

    (line,) = faults(write(text))

    assert line.startswith(f"12: [[hotline]] #1 {told}")


@pytest.mark.parametrize("number", ['""', '"40 01"', '"400-1"', "4001", '"_"', '"49(30)1"'])
def test_a_hotline_number_that_no_pbx_could_dial_is_a_fault(write, number):
    (line,) = faults(write(GOOD.replace('number = "4001"', f"number = {number}")))

    assert line.startswith("10: [[hotline]] #1 number: ")


def test_hotline_numbers_are_unique(write):
    assert faults(write(GOOD.replace('"_400X"', '"4001"'))) == [
        '14: [[hotline]] #2 number: "4001" is taken by [[hotline]] #1'
    ]


def test_with_two_pbxs_a_hotline_says_which_is_its_own(write):
    second = '[[pbx]]\nname = "north"\nusername = "u"\nsecret = "s"\n'

    assert faults(write(second + GOOD)) == [
        "13: [[hotline]] #1 pbx: is missing: which of the [[pbx]] does it belong to?",
        "17: [[hotline]] #2 pbx: is missing: which of the [[pbx]] does it belong to?",
    ]


def test_a_phone_belongs_to_one_agent(write):
    text = GOOD + '\n[[agent]]\nid = "li"\nname = "李强"\nphones = ["1002"]\n'

    assert faults(write(text)) == ['27: [[agent]] #2 phones: "1002" belongs to [[agent]] #1 already']


def test_a_trunk_is_an_endpoint_name(write):
    assert faults(write(GOOD.replace('["provider"]', '["a", "PJSIP/b"]'))) == [
        "7: [[pbx]] #1 trunks #2: write the endpoint's name alone, e.g. provider (not PJSIP/provider)"
    ]


@pytest.mark.parametrize("listen", ["8080", ":8080", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:70000"])
def test_an_address_without_host_or_port_is_a_fault(write, listen):
    assert faults(write(GOOD + f'\n[web]\nlisten = "{listen}"\n')) == [
        "25: [web] listen: write an address and a port, e.g. 127.0.0.1:8080 or [::]:8080"
    ]


def test_an_ipv6_address_is_written_in_brackets(write):
    config = load(write(GOOD + '\n[web]\nlisten = "[::1]:0"\n'), {})

    assert config.web.listen == Listen("::1", 0)
    assert config.web.listen.loopback
    assert str(config.web.listen) == "[::1]:0"


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://cc:pw@db.example:5432/callcenter",
        "postgres://cc@/callcenter?host=/run/postgresql",
        "postgresql:///callcenter",
        "postgresql://cc:p%40w@[::1]/callcenter?sslmode=require",
    ],
)
def test_a_database_is_reached_by_network_or_socket(write, dsn):
    config = load(write(GOOD + f'\n[database]\ndsn = "{dsn}"\n'), {})

    assert config.database.dsn
    assert config.database.dsn.get_secret_value() == dsn
    assert not config.embedded


@pytest.mark.parametrize(
    "dsn",
    ["mysql://cc:hush@h/x", "host=h password=hush", "postgresql://cc:hush@h", "postgresql://cc:hush@h:x/d"],
)
def test_a_wrong_dsn_is_told_without_being_shown(write, dsn):
    (line,) = faults(write(GOOD + f'\n[database]\ndsn = "{dsn}"\n'))

    assert line.startswith("25: [database] dsn: ")
    assert "hush" not in line


def test_every_fault_is_told_at_once(write):
    text = (
        GOOD.replace("secret =", "secrt =")
        .replace("[2, 4]", '"zz"')
        .replace('"_400X"', '"4001"')
        .replace('phones = ["1001", "1002"]', "phones = []")
    )

    assert [line.split(": ")[1] for line in faults(write(text))] == [
        "[[pbx]] #1 secret",
        "[[pbx]] #1 secrt",
        "[[hotline]] #2 number",
        "[[hotline]] #2 cadence",
        "[[agent]] #1 phones",
    ]


def test_broken_toml_is_told_with_its_line(write):
    (line,) = faults(write("[[pbx]]\nname = 'a\n"))
    assert line.startswith("2: not TOML: ")

    (line,) = faults(write("[[pbx]]\nname = [1,\n"))
    assert line.startswith("2: not TOML: ")


def test_a_file_that_cannot_be_read_is_one_line(tmp_path):
    assert faults(tmp_path / "none.toml") == [" can't be read: No such file or directory"]
    assert faults(tmp_path) == [" can't be read: Is a directory"]

    path = tmp_path / "latin.toml"
    path.write_bytes("# ok\nname = 'Bü'\n".encode("latin-1"))
    assert faults(path) == ["2: is not UTF-8"]


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "callcenter.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())

    assert load(path, {}).pbx[0].name == "main"


def test_no_secret_shows_in_any_print_of_the_configuration(write):
    text = GOOD + '\n[database]\ndsn = "postgresql://u:topsecret@h/d"\n[metrics]\ntoken = "bearer-me"\n'
    config = load(write(text), {})

    shown = f"{config} {config!r} {config.model_dump()} {config.model_dump_json()}"

    for secret in ("hush-hush", "topsecret", "bearer-me"):
        assert secret not in shown
    assert config.pbx[0].secret.get_secret_value() == "hush-hush"


def test_office_hours_seats_and_the_chain_are_the_hotlines_own_or_as_usual(write):
    own = """
after_hours_target_rings = 5
office_hours = ["workday 08:30-18:00", "mon,wed 22:00-06:00"]
seats = "00:00-24:00 2"
fallback = "13900000001"
primary_rings = 2
busy = "wait"
"""
    usual = "[routing]\nbackup_rings = 7\n"
    first, second = hotlines(load(write(GOOD.replace('"_400X"', '"_400X"' + own) + usual), {}))

    assert second.office_hours == ("workday 08:30-18:00", "mon,wed 22:00-06:00")
    assert second.seats == ("00:00-24:00 2",)
    assert (second.after_hours_target_rings, second.fallback) == (5, "13900000001")
    assert second.chain == Chain(primary_rings=2, backup_rings=7, supervisor_rings=6, busy=WhenBusy.WAIT)
    assert (first.office_hours, first.seats, first.fallback) == ((), ("00:00-24:00 1",), None)
    assert first.chain == Chain(primary_rings=4, backup_rings=7, supervisor_rings=6, busy=WhenBusy.NEXT)


@pytest.mark.parametrize("key", ["office_hours", "seats"])
@pytest.mark.parametrize(
    "line", ["9-17", "someday 08:00-12:00", "workday 25:00-26:00", "08:00", "08:00-18:00 many", ""]
)
def test_hours_that_nobody_could_keep_are_told_with_their_line(write, key, line):
    text = GOOD.replace('name = "客户服务热线"', f'name = "x"\n{key} = ["08:00-18:00", "{line}"]')

    (told,) = faults(write(text))

    assert told.startswith(f"12: [[hotline]] #1 {key} #2: ")


@pytest.mark.parametrize("days", ["6", "20"])
def test_a_schedule_is_pushed_for_a_week_at_least_and_for_what_the_pbx_can_hold(write, days):
    (told,) = faults(write(GOOD + f"\n[routing]\ndays_ahead = {days}\n"))

    assert told.startswith("25: [routing] days_ahead: must be")


@pytest.mark.parametrize("phone", ["1900,1901", "a;b", "", "PJSIP/1900", "+"])
def test_a_fallback_that_no_pbx_could_dial_is_a_fault(write, phone):
    text = GOOD.replace('name = "客户服务热线"', f'name = "x"\nfallback = "{phone}"')

    assert faults(write(text))[0].startswith("12: [[hotline]] #1 fallback: ")


def test_the_named_file_comes_before_the_one_here_and_that_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environ = {"CALLCENTER_CONFIG": "/etc/callcenter.toml"}

    assert find(None, {}) is None
    assert find(None, environ) == Path("/etc/callcenter.toml")
    Path("callcenter.toml").touch()
    assert find(None, environ) == Path("callcenter.toml")
    assert find(Path("mine.toml"), environ) == Path("mine.toml")


def test_without_a_file_the_defaults_hold():
    assert load(None, {}).model_dump(exclude={"data_dir"}) == Config().model_dump(exclude={"data_dir"})


def test_the_whole_good_file_is_toml():
    assert tomllib.loads(GOOD)["hotline"][0]["name"] == "客户服务热线"


def test_records_are_a_table_or_a_file_beside_the_configuration(write):
    text = GOOD + '\n[records]\ncel = "postgresql://u:topsecret@h/asterisk#tele.cel"\ncdr = "Master.csv"\n'
    path = write(text)
    given = load(path, {}).records

    assert given.cel.get_secret_value() == "postgresql://u:topsecret@h/asterisk#tele.cel"
    assert given.cdr.get_secret_value() == str((path.parent / "Master.csv").resolve())
    assert "topsecret" not in repr(given)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('cel = "postgresql://u@h/asterisk#cel;drop"', "after # comes a table's name"),
        ('cel = "postgresql://u@h"', "the database's name is missing"),
        ('cdr = ""', "or the path of a CSV file"),
        ('queue_log = "/var/log/asterisk/queue_log"', "tells no call by itself"),
        ('pbx = "elsewhere"', 'no [[pbx]] has the name "elsewhere"'),
    ],
)
def test_records_that_can_not_be_meant_are_faults(write, line, said):
    with pytest.raises(ConfigError, match=re.escape(said)):
        load(write(f"{GOOD}\n[records]\n{line}\n"), {})


def test_what_the_pbxs_said_is_kept_beside_the_data_unless_told_otherwise(write, tmp_path):
    config = load(write(GOOD), {})
    assert (config.evidence_path, config.evidence.keep_days) == (tmp_path / "var/evidence", 90)

    config = load(write('[evidence]\npath = "said"\nkeep_days = 0\nmax_size = "1.5 GB"\n' + GOOD), {})
    assert (config.evidence_path, config.evidence.keep_days) == (tmp_path / "said", 0)
    assert config.evidence.max_size == 1_500_000_000


@pytest.mark.parametrize("size", ['"much"', '"5 GiB"', "5", '"-1 GB"', '""'])
def test_a_size_that_is_none_is_told(write, size):
    with pytest.raises(ConfigError) as told:
        load(write(f"[evidence]\nmax_size = {size}\n" + GOOD), {})
    assert "[evidence] max_size" in told.value.lines[0]
