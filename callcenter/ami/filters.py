"""Which events the PBX need not send: a pure function of its AMI version.

VarSet and Newexten alone are 70 % of a call's bytes, and nearly all of them say nothing we read. An
*include* filter of our own session keeps them in the PBX. Asterisk 22 (AMI 11) takes one cheap
filter for each event name; older ones take regular expressions over the event's text, of which one
does. The list is drawn from what the parser reads, so that nothing a verdict needs is left out.
"""

from collections.abc import Iterable
from typing import Final

from callcenter.ami.parse import NEEDED, VARIABLES, VOICEMAIL_APPLICATIONS

Headers = dict[str, str]

_LIST_ITEMS: Final = frozenset(
    {"CoreShowChannel", "CoreShowChannelsComplete", "Status", "BridgeListItem", "QueueMember", "QueueEntry"}
)
"""Answers to our own questions: filters don't touch them."""

_KEPT_BESIDES: Final = ("Reload", "BridgeMerge", "LocalOptimizationEnd", "ParkedCallTimeOut")
"""Read by nobody today; few, and worth having in a capture."""

_BY_HEADER: Final = frozenset({"VarSet", "Newexten"})
_BRACKETS_SINCE: Final = 11
"""AMI's major version in Asterisk 22."""


def major_version(banner: str | None) -> int:
    """``11`` of the banner's ``11.0.0``; 0 where it says nothing."""
    first = (banner or "").partition(".")[0]
    return int(first) if first.isdecimal() else 0


def kept_names() -> tuple[str, ...]:
    """Names of the events kept whole, sorted."""
    return tuple(sorted((NEEDED - _LIST_ITEMS - _BY_HEADER) | set(_KEPT_BESIDES)))


def filter_actions(banner: str | None) -> tuple[Headers, ...]:
    """The ``Filter`` actions that let through what we read and nothing else, for AMI version *banner*.

    They work only together: the first alone would keep everything else out.
    """
    if major_version(banner) >= _BRACKETS_SINCE:
        return tuple(_bracket_filters())
    return tuple({"Action": "Filter", "Operation": "Add", "Filter": regex} for regex in _regexes())


def _bracket_filters() -> Iterable[Headers]:
    for name in kept_names():
        yield _bracket(f"name({name})")
    for variable in sorted(v.decode() for v in VARIABLES):
        exact = "name(VarSet),header(Variable),method(exact)"
        yield from (_bracket(exact, prefix + variable) for prefix in ("", "_", "__"))
    for application in sorted(a.decode() for a in VOICEMAIL_APPLICATIONS):
        yield _bracket("name(Newexten),header(Application),method(exact)", application)


def _bracket(criteria: str, value: str = "") -> Headers:
    action = {"Action": "Filter", "Operation": "Add", "MatchCriteria": f"action(include),{criteria}"}
    return {**action, "Filter": value} if value else action


def _regexes() -> Iterable[str]:
    """POSIX extended; several, as a line of AMI holds 1,024 bytes."""
    names = kept_names()
    half = len(names) // 2
    yield from (f"^Event: ({'|'.join(part)})" for part in (names[:half], names[half:]))
    variables = "|".join(sorted(v.decode() for v in VARIABLES))
    yield f"^Event: VarSet.*Variable: _?_?({variables})"
    applications = "|".join(sorted(a.decode() for a in VOICEMAIL_APPLICATIONS))
    yield f"^Event: Newexten.*Application: ({applications})"
