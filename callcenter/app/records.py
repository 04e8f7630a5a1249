"""Asterisk's own records as the configuration has them."""

from callcenter.config import Config
from callcenter.records.source import PbxRecords
from callcenter.terms import PbxName


def records_of(config: Config) -> dict[PbxName, PbxRecords]:
    """By the PBX that writes them; empty where none are configured."""
    given = config.records
    if not config.pbx or (given.cel, given.cdr) == (None, None):
        return {}
    found = PbxRecords(
        cel=given.cel.get_secret_value() if given.cel else None,
        cdr=given.cdr.get_secret_value() if given.cdr else None,
        queue_log=given.queue_log.get_secret_value() if given.queue_log else None,
        cel_columns=given.cel_columns or (),
        cdr_columns=given.cdr_columns or (),
    )
    return {PbxName(given.pbx or config.pbx[0].name): found}
