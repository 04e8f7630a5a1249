"""Over the file: the environment, also inside lists, and secrets from files."""

from pathlib import Path

import pytest

from callcenter.config import ConfigError, load

FILE = """
[[pbx]]
name = "main"
username = "cc"
secret = "from-file"

[[pbx]]
name = "north-2"
username = "cc"
secret = "from-file"

[[hotline]]
number = "4001"
name = "客户服务热线"
pbx = "main"
"""


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "callcenter.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def faults(path: Path | None, environ: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, environ)
    return list(caught.value.lines)


def test_a_key_of_a_table_and_of_the_top_level(path, tmp_path):
    config = load(path, {"CALLCENTER_WEB__LISTEN": "127.0.0.1:9", "CALLCENTER_DATA_DIR": "elsewhere"})

    assert config.web.listen.port == 9
    assert config.data_dir == tmp_path / "elsewhere"


def test_an_entry_of_a_list_is_meant_by_its_place_or_its_name(path):
    config = load(
        path,
        {
            "CALLCENTER_PBX__0__SECRET": "by-place",
            "CALLCENTER_PBX__NORTH_2__SECRET": "by-name",
            "CALLCENTER_PBX__NORTH_2__PORT": "5039",
            "CALLCENTER_HOTLINE__4001__TARGET_RINGS": "4",
        },
    )

    assert [p.secret.get_secret_value() for p in config.pbx] == ["by-place", "by-name"]
    assert config.pbx[1].port == 5039
    assert config.hotline[0].target_rings == 4


def test_lists_are_words_between_commas_or_toml(path):
    config = load(
        path,
        {
            "CALLCENTER_PBX__0__TRUNKS": "a, b",
            "CALLCENTER_PBX__1__TRUNKS": '["c", "d"]',
            "CALLCENTER_HOTLINE__0__CADENCE": "2, 4",
        },
    )

    assert [p.trunks for p in config.pbx] == [("a", "b"), ("c", "d")]
    assert config.hotline[0].cadence == (2.0, 4.0)


def test_numbers_stay_text_and_switches_become_switches(path):
    config = load(path, {"CALLCENTER_HOTLINE__0__NUMBER": "0400", "CALLCENTER_PBX__0__TLS": "true"})

    assert config.hotline[0].number == "0400"
    assert config.pbx[0].tls is True


def test_a_container_needs_no_file_at_all():
    config = load(
        None,
        {
            "CALLCENTER_PBX__0__NAME": "main",
            "CALLCENTER_PBX__0__USERNAME": "cc",
            "CALLCENTER_PBX__0__SECRET": "s",
            "CALLCENTER_HOTLINE__0__NUMBER": "4001",
            "CALLCENTER_HOTLINE__0__NAME": "热线",
            "CALLCENTER_DATABASE__DSN": "postgresql://u@/d",
        },
    )

    assert config.hotline[0].pbx == "main"
    assert not config.embedded


def test_a_wrong_value_is_told_with_its_variable(path):
    assert faults(path, {"CALLCENTER_PBX__MAIN__PORT": "http"}) == [
        (
            "environment: CALLCENTER_PBX__MAIN__PORT: must be a valid integer, "
            "unable to parse string as an integer"
        )
    ]


def test_a_typo_in_a_variable_is_told(path):
    assert faults(path, {"CALLCENTER_WEB__LISTN": "x"}) == [
        "environment: CALLCENTER_WEB__LISTN: unknown key; did you mean listen?"
    ]
    assert faults(path, {"CALLCENTER_PBX__SOUTH__PORT": "1"}) == [
        (
            "environment: CALLCENTER_PBX__SOUTH__PORT: names no entry of [[pbx]]: "
            "write its place from 0, or its name"
        )
    ]


def test_variables_that_a_container_platform_sets_for_a_service_are_left_alone(path):
    load(path, {"CALLCENTER_PORT": "tcp://10.0.0.1:80", "CALLCENTER_SERVICE_HOST": "10.0.0.1"})
    load(path, {"CALLCENTER_DEBUG": "1", "CALLCENTER_CONFIG": "/nowhere"})


def test_a_secret_may_lie_in_a_file_of_its_own(tmp_path):
    (tmp_path / "ami").write_text("hush\n")
    (tmp_path / "dsn").write_text("postgresql://u:p@h/d\n")
    path = tmp_path / "callcenter.toml"
    path.write_text(
        '[database]\ndsn_file = "dsn"\n[[pbx]]\nname = "main"\nusername = "cc"\nsecret_file = "ami"\n'
    )

    config = load(path, {})

    assert config.pbx[0].secret.get_secret_value() == "hush"
    assert config.database.dsn
    assert config.database.dsn.get_secret_value() == "postgresql://u:p@h/d"


def test_the_environment_may_name_the_file(path, tmp_path):
    (tmp_path / "ami").write_text("hush")

    config = load(path, {"CALLCENTER_PBX__0__SECRET_FILE": str(tmp_path / "ami")})

    assert config.pbx[0].secret.get_secret_value() == "hush"


def test_a_secret_file_that_is_missing_or_empty_is_one_line(tmp_path):
    path = tmp_path / "callcenter.toml"
    path.write_text('[[pbx]]\nname = "main"\nusername = "cc"\nsecret_file = "ami"\n')

    (line,) = faults(path, {})
    assert line.startswith(f"{path}:4: [[pbx]] #1 secret_file: can't be read: No such file")

    (tmp_path / "ami").write_text("\n")
    (line,) = faults(path, {})
    assert line == f"{path}:4: [[pbx]] #1 secret_file: can't be read: it is empty"
