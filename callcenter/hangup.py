"""ITU-T Q.850 causes as Asterisk reports them on Hangup, and what each says of a leg that was not answered.

A leg's cause tells more than its DialStatus: a queue reports NOANSWER for a phone that was busy,
and Dial reports NOANSWER for one that declined.
"""

from typing import Final

from callcenter.terms import AttemptOutcome

_CAUSES: Final[dict[int, AttemptOutcome]] = {
    17: AttemptOutcome.BUSY,  # user busy: 486, 600
    21: AttemptOutcome.REJECTED,  # call rejected: 603, 403
    23: AttemptOutcome.FORWARDED,  # redirected to a new destination: 302
    26: AttemptOutcome.ANSWERED_ELSEWHERE,  # non-selected user clearing
}

_UNREACHABLE: Final = frozenset(
    {
        1,  # unallocated number: 404
        2,  # no route to transit network
        3,  # no route to destination
        18,  # no user responding: 408
        20,  # subscriber absent: not registered
        22,  # number changed
        27,  # destination out of order
        28,  # invalid number format
        29,  # facility rejected
        34,  # no circuit available
        38,  # network out of order
        41,  # temporary failure
        42,  # switching equipment congestion
        44,  # requested channel not available
        50,  # facility not subscribed
        58,  # bearer capability not available
        66,  # channel type not implemented
        88,  # incompatible destination
        102,  # recovery on timer expiry
        111,  # protocol error
    }
)


def told_by_cause(cause: int) -> AttemptOutcome | None:
    """What *cause* says by itself of a leg that was not answered; None where it says nothing."""
    return _CAUSES.get(cause)


def is_unreachable(cause: int) -> bool:
    """Whether *cause* says that the phone could not be reached."""
    return cause in _UNREACHABLE
