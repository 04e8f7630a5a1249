"""The web's desks: roster, people, changes, attendance, log, handover and routing, bound to what keeps them.

What a desk refuses is said in the domain's own words; here the rules are given what they judge by.
"""

from collections.abc import Callable
from datetime import datetime

from callcenter.app.desks.changes import Changes
from callcenter.app.desks.duty import Duty
from callcenter.app.desks.handovers import Handovers
from callcenter.app.desks.log import Log
from callcenter.app.desks.orders import Orders
from callcenter.app.desks.people import Days, Staff
from callcenter.app.desks.rosters import Rosters
from callcenter.app.desks.signs import Signs
from callcenter.app.duty import DutyOffice
from callcenter.config import Config, hotlines
from callcenter.store.kpis import KpiStore
from callcenter.store.pool import Pool
from callcenter.web.desks import Desks

__all__ = ["desks_of"]


def desks_of(config: Config, pool: Pool, duty: DutyOffice, now: Callable[[], datetime]) -> Desks:
    """Every desk of the running service. *now* is the service's time."""
    lines = hotlines(config)
    zones = {line.number: line.time_zone for line in lines}
    desk = duty.desk
    return Desks(
        duty=Duty(pool, desk),
        roster=Rosters(pool, config, desk, now),
        people=Staff(pool, desk, now),
        calendar=Days(pool, config, desk),
        changes=Changes(pool, desk, zones, config.roster.swaps_per_month),
        attendance=Signs(pool, desk, duty.rules),
        log=Log(pool, desk, zones),
        handover=Handovers(pool, now),
        routing=Orders(duty.orders, desk),
        figures=KpiStore(pool, zones),
    )
