"""The operator's configuration: one TOML file, the environment over it, secrets from files.

:func:`load` reads and judges everything at once and raises :class:`ConfigError` with one line per
fault. What comes out is frozen, and its secrets print as asterisks.

Where a value comes from, the later winning:

1. the default in :mod:`callcenter.config.schema`,
2. the TOML file,
3. ``CALLCENTER_<TABLE>__<KEY>`` in the environment. An entry of a list is meant by its place from 0
   (``CALLCENTER_PBX__0__SECRET``) or by its name, number or id (``CALLCENTER_PBX__MAIN__SECRET``,
   ``CALLCENTER_HOTLINE__4001__TARGET_RINGS``). A list is a TOML list or words between commas.
4. Beside a secret ``x`` stands ``x_file``: the path of a file that holds nothing else (a Docker or
   systemd credential), relative to the configuration file.
"""

from callcenter.config.faults import ConfigError, Fault
from callcenter.config.load import find, load
from callcenter.config.schema import Config, HotlineTable, PbxTable
from callcenter.config.sites import agents, ami_settings, hotlines, site_of, sites
from callcenter.config.values import Listen

__all__ = [
    "Config",
    "ConfigError",
    "Fault",
    "HotlineTable",
    "Listen",
    "PbxTable",
    "agents",
    "ami_settings",
    "find",
    "hotlines",
    "load",
    "site_of",
    "sites",
]
