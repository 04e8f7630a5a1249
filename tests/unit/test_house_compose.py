"""docker-compose.yml: nothing is open to the network, and what it names exists."""

import re
from pathlib import Path

import pytest
import yaml

from callcenter.config.load import load

CHECKOUT = Path(__file__).resolve().parents[2]
SERVICES = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text("utf-8"))["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_ports_are_published_on_loopback_only(name):
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", []))


@pytest.mark.parametrize("name", SERVICES)
def test_mounted_files_are_in_the_repository(name):
    mounted = [v.split(":")[0] for v in SERVICES[name].get("volumes", []) if v.startswith("./")]

    assert [path for path in mounted if path != "./callcenter.toml" and not (CHECKOUT / path).exists()] == []


def test_copied_files_are_in_the_repository():
    lines = SERVICES["callcenter"]["build"]["dockerfile_inline"].splitlines()
    copied = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]

    assert [name for name in copied if not (CHECKOUT / name).exists()] == []


def test_the_environment_it_sets_is_understood(tmp_path):
    (tmp_path / "callcenter.toml").write_text(
        '[[pbx]]\nname = "main"\nhost = "host.docker.internal"\nusername = "u"\nsecret = "s"\n'
        '[[hotline]]\nnumber = "4001"\nname = "a"\n'
    )
    environment = {
        key: re.sub(r"\$\{[^}]*\}", "x", value)
        for key, value in SERVICES["callcenter"]["environment"].items()
        if key != "CALLCENTER_CONFIG"
    }

    config = load(tmp_path / "callcenter.toml", environment)

    assert str(config.data_dir) == "/srv/var"
    assert config.database.owner_dsn is not None
    assert config.web.listen.port == 8080


def test_prometheus_scrapes_what_compose_starts():
    scraped = yaml.safe_load((CHECKOUT / "prometheus" / "prometheus.yml").read_text("utf-8"))
    [target] = scraped["scrape_configs"][0]["static_configs"][0]["targets"]

    assert target.split(":")[0] in SERVICES


def test_grafana_knows_the_source_that_the_dashboards_ask_for():
    source = (CHECKOUT / "grafana" / "provisioning" / "datasources" / "prometheus.yml").read_text("utf-8")

    assert yaml.safe_load(source)["datasources"][0]["uid"] == "prometheus"
