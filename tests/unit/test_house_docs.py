"""What the documents promise is so."""

import re
import tomllib
from pathlib import Path

import pytest

from callcenter.ami.filters import kept_names
from callcenter.ami.settings import READ_CLASSES
from callcenter.config.load import load

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted((*CHECKOUT.glob("*.md"), *CHECKOUT.glob("docs/**/*.md"), *CHECKOUT.glob("dialplans/*.md")))
MAKEFILE = (CHECKOUT / "Makefile").read_text("utf-8")
ATTACH = (CHECKOUT / "docs" / "attach-to-your-pbx.md").read_text("utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document):
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", document.read_text("utf-8"), re.MULTILINE))

    assert named <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


def test_the_two_commands_stand_at_the_top_of_the_readme():
    first = blocks((CHECKOUT / "README.md").read_text("utf-8"), "")[0]

    assert [line.split("#")[0].strip() for line in first.strip().splitlines()] == ["make demo", "make test"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document):
    targets = re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8"))
    missing = [t for t in targets if not (document.parent / t).exists() and t != "docs/wallboard.png"]

    assert missing == []


def test_the_example_configuration_is_a_configuration(tmp_path):
    assert load(example(tmp_path, comments=True), {}).hotline[0].target_rings == 3


def test_so_are_the_keys_that_it_shows_in_comments(tmp_path):
    config = load(example(tmp_path, comments=False), {})

    assert (config.database.dsn, config.metrics.listen, config.web.key).count(None) == 0


def test_the_example_shows_every_key_that_does_something(tmp_path):
    text = example(tmp_path, comments=False).read_text("utf-8")
    config = load(tmp_path / "callcenter.toml", {})
    tables = {"": config, "pbx": config.pbx[0], "hotline": config.hotline[0], "agent": config.agent[0]}
    named = ("database", "web", "spool", "evidence", "metrics", "records", "roster", "routing", "log")
    tables |= {name: getattr(config, name) for name in named}
    keys = {key for table in tables.values() for key in type(table).model_fields} - {*tables}

    shown = {re.sub(r"_file$", "", key) for key in re.findall(r"^\[*([a-z_]+)", text, re.MULTILINE)}

    assert keys - shown == set()


def test_the_snippets_of_the_documents_are_configurations(tmp_path):
    (tmp_path / "ami.secret").write_text("secret\n")
    for text in (ATTACH, (CHECKOUT / "README.md").read_text("utf-8")):
        for number, block in enumerate(blocks(text, "toml")):
            path = tmp_path / f"{number}.toml"
            path.write_text(block, "utf-8")

            assert load(path, {}).pbx[0].trunks == ("provider",)


def test_the_account_for_watching_reads_what_verdicts_need_and_writes_next_to_nothing():
    account = blocks(ATTACH, "ini")[0]

    assert set(re.search(r"^read = (.*)$", account, re.MULTILINE)[1].split(",")) == set(READ_CLASSES)
    assert re.search(r"^write = (.*)$", account, re.MULTILINE)[1] == "reporting"
    assert "timestampevents = yes" in account
    assert "writetimeout = 5000" in account


def test_the_list_of_events_for_a_filter_by_hand_lets_through_all_that_ours_does():
    listed = set(re.findall(r"\b[A-Z][A-Za-z]+\b", ATTACH))

    assert set(kept_names()) <= listed


def example(folder: Path, *, comments: bool) -> Path:
    """The example beside the secrets it names; without *comments*, its commented keys are set."""
    text = (CHECKOUT / "docs" / "callcenter.example.toml").read_text("utf-8")
    if not comments:
        text = re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    for name in re.findall(r'_file = "([^"]+)"', text):
        (folder / name).write_text("postgresql://a:b@127.0.0.1/c\n")
    path = folder / "callcenter.toml"
    path.write_text(text, "utf-8")
    tomllib.loads(text)
    return path
