"""The configuration in the words of those who use it."""

from callcenter.ami.settings import AmiSettings, TlsSettings
from callcenter.config.schema import Config, HotlineTable, PbxTable
from callcenter.sites import Agent, Chain, Hotline, Site
from callcenter.terms import AgentId, HotlineNumber, PbxName, Phone


def hotlines(config: Config) -> tuple[Hotline, ...]:
    """Every hotline, in the file's order."""
    return tuple(
        Hotline(
            number=HotlineNumber(h.number),
            name=h.name,
            pbx=PbxName(h.pbx),
            contexts=h.contexts,
            cadence=h.cadence,
            target_rings=h.target_rings,
            short_abandon_seconds=h.short_abandon_seconds,
            time_zone=h.time_zone,
            after_hours_target_rings=h.after_hours_target_rings,
            office_hours=h.office_hours,
            seats=h.seats,
            fallback=Phone(h.fallback) if h.fallback else None,
            chain=_chain(config, h),
        )
        for h in config.hotline
    )


def _chain(config: Config, hotline: HotlineTable) -> Chain:
    usual = config.routing
    return Chain(
        primary_rings=hotline.primary_rings or usual.primary_rings,
        backup_rings=hotline.backup_rings or usual.backup_rings,
        supervisor_rings=hotline.supervisor_rings or usual.supervisor_rings,
        busy=hotline.busy or usual.busy,
    )


def agents(config: Config) -> tuple[Agent, ...]:
    """Every agent, in the file's order."""
    return tuple(
        Agent(id=AgentId(a.id), name=a.name, phones=tuple(Phone(p) for p in a.phones)) for a in config.agent
    )


def sites(config: Config) -> tuple[Site, ...]:
    """One site for each PBX."""
    return tuple(site_of(config, PbxName(pbx.name)) for pbx in config.pbx)


def site_of(config: Config, name: PbxName) -> Site:
    """The PBX *name* with its hotlines. Raises KeyError where there is none of that name."""
    pbx = {pbx.name: pbx for pbx in config.pbx}[name]
    return Site(
        pbx=name,
        trunks=frozenset(pbx.trunks),
        monitor_dir=pbx.monitor_dir,
        hotlines=tuple(h for h in hotlines(config) if h.pbx == name),
        agents=agents(config),
    )


def ami_settings(pbx: PbxTable) -> AmiSettings:
    """How to reach *pbx*."""
    tls = TlsSettings(ca_file=pbx.tls_ca, server_name=pbx.tls_name, verify=pbx.tls_verify)
    return AmiSettings(
        host=pbx.host,
        port=pbx.port,
        username=pbx.username,
        secret=pbx.secret.get_secret_value(),
        tls=tls if pbx.tls else None,
        read_classes=pbx.read_classes,
    )
