"""Who is on duty, in the running service: on board and calls, in the metrics, by a code on a phone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.app.duty.attendance import Attendance
from callcenter.app.duty.expiry import Expiry
from callcenter.app.service import App, running
from callcenter.roster.attendance import AttendanceRules, Sign, SignSource
from callcenter.roster.model import ChangeState, Person, Shift
from callcenter.store.attendance import AttendanceStore
from callcenter.store.changes import ChangeStore
from callcenter.store.dialled import DialledStore
from callcenter.store.people import PeopleStore
from callcenter.store.roster import RosterStore
from callcenter.terms import AgentId, DutyRole, HotlineNumber, Phone, SignKind
from tests.integration.test_app import NOWHERE
from tests.support.duty import make_change, whole
from tests.support.screen import quiet, stored, until

NIGHT = 'after_hours_target_rings = 6\noffice_hours = ["01-01..01-01 00:00-00:01"]\n'
HOUR = timedelta(hours=1)


def this_hour() -> datetime:
    """When the hour began that goes on."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


async def publish(app: App, *shifts: Shift) -> None:
    window = (shifts[0].start - HOUR, shifts[0].start + 2 * HOUR)
    await RosterStore(app.pool).publish(
        shifts, {HotlineNumber("4001"): [window]}, AgentId("zhao"), "the month's roster"
    )


def shift(person: str, start: datetime, **more: Any) -> Shift:
    told = {"hotline": HotlineNumber("4001"), "role": DutyRole.PRIMARY, "seat": 1, "end": start + 4 * HOUR}
    return Shift(person=AgentId(person), start=start, **(told | more))


async def on_duty(screen: Any, *people: str) -> dict[str, Any]:
    async def shown() -> Any:
        live = await screen.live()
        return live if [one["person"] for one in live["on_duty"]] == list(people) else None

    return await until(shown)


async def test_a_call_names_who_was_on_duty_when_it_was_offered(pbx, configure, look):
    """The roster is published while the service runs, and another one while the call goes on."""
    async with running(configure(pbx)) as app:
        screen = look(app)
        await pbx.attended()
        assert (await screen.live())["staffed"] is None
        start = this_hour()
        first = shift("wang", start)
        await publish(app, first, shift("zhao", start, role=DutyRole.SUPERVISOR))
        live = await on_duty(screen, "wang", "zhao")
        assert live["staffed"] is True

        caller = pbx.arrive("4001")
        pbx.wait(1)
        caller.ring("1001")
        await publish(app, shift("li", start))
        await on_duty(screen, "li")
        pbx.wait(7)
        caller.answer("1001")
        pbx.wait(5)
        caller.hang_up()
        await quiet(screen)
        await stored(app)
        (call,) = await screen.calls()
        metrics = await screen.get("/metrics")

    assert [(one["person"], one["role"]) for one in call["on_duty"]] == [
        ("wang", "primary"), ("zhao", "supervisor"),
    ]  # fmt: skip
    assert call["shift_id"] == first.id
    assert set(call["shift_ids"]) == {one["shift_id"] for one in call["on_duty"]}
    assert 'callcenter_on_duty{hotline="4001",role="primary"} 1.0' in metrics
    assert 'callcenter_on_duty{hotline="4001",role="supervisor"} 0.0' in metrics
    assert 'callcenter_roster_days_ahead{hotline="4001"} 0.' in metrics


async def test_without_postgres_the_copy_on_disk_knows_who_is_on_duty(pbx, configure, look):
    """It was there when the roster was read, and is away at the next start."""
    async with running(configure(pbx)) as app:
        await publish(app, shift("wang", this_hour()))
        await on_duty(look(app), "wang")
    async with running(configure(pbx, dsn=NOWHERE)) as app:
        await on_duty(look(app), "wang")


async def test_somebody_signs_in_by_a_code_on_a_phone(pbx, configure):
    """The phone is found among the people; the sign is kept once, also after a restart."""
    async with running(configure(pbx)) as app:
        await PeopleStore(app.pool).put(
            Person(id=AgentId("wang"), name="王伟", phones=(Phone("1001"),)), "zhao", "new"
        )
        await pbx.attended()
        pbx.tell(
            "UserEvent", UserEvent="CallcenterSigned", Channel="PJSIP/1001-1", ChannelState="6",
            Uniqueid="1.1", Linkedid="1.1", Context="from-agents", Exten="*93", Kind="in", Phone="1001",
        )  # fmt: skip
        signs = AttendanceStore(app.pool)

        async def signed() -> Any:
            now = datetime.now(UTC)
            return await signs.signs(now - 24 * HOUR, now + 24 * HOUR)

        (sign,) = await until(signed)
        await stored(app)
    async with running(configure(pbx)) as app:
        signs = AttendanceStore(app.pool)
        assert await signed() == [sign]
    assert (sign.person, sign.kind, sign.source, sign.phone) == ("wang", "in", "pbx", "1001")


async def test_after_hours_the_night_rule_is_on_the_call(pbx, configure, look):
    """The hotline is open for a minute on New Year."""
    async with running(configure(pbx, extra=NIGHT)) as app:
        screen = look(app)
        await pbx.attended()
        caller = pbx.arrive("4001")
        pbx.wait(1)
        caller.ring("1001")
        pbx.wait(17)
        caller.answer("1001")
        pbx.wait(5)
        caller.hang_up()
        await quiet(screen)
        await stored(app)
        (call,) = await screen.calls()

    assert (call["after_hours"], call["target_rings"], call["caller_rings"]) == (True, 6, 4)
    assert call["on_time"] is True


async def test_a_change_that_nobody_approved_in_time_expires(pbx, configure):
    """Asked for an hour before the shift, and still open when it begins."""
    async with running(configure(pbx)) as app:
        planned = shift("wang", this_hour() - HOUR)
        await publish(app, planned)
        store = ChangeStore(app.pool)
        late = await store.ask(make_change(whole(planned, "li"), asked_at=planned.start - HOUR))
        to_come = shift("li", this_hour() + 24 * HOUR)
        await publish(app, to_come)
        timely = await store.ask(make_change(whole(to_come, "wang"), asked_at=planned.start))

        await Expiry(store, lambda: datetime.now(UTC)).look()  # the service does too, in its own time
        assert (await store.get(late.id)).state is ChangeState.EXPIRED
        assert (await store.get(timely.id)).state is ChangeState.ASKED


async def test_who_is_not_there_is_found_out_once_somebody_signs_in_at_all(pbx, configure):
    """Nobody signed in for yesterday's shift: that is asked of nobody. Today Wang came, and Li did not."""
    async with running(configure(pbx)) as app:
        start = this_hour()
        await publish(app, shift("li", start - 24 * HOUR))
        await publish(app, shift("wang", start - HOUR), shift("li", start - HOUR, seat=2))
        attendance = Attendance(
            AttendanceStore(app.pool), DialledStore(app.pool), AttendanceRules(),
            plan=lambda: app.duty.desk.plan, now=lambda: datetime.now(UTC),
        )  # fmt: skip
        await app.duty.desk.load()
        assert await attendance.judge() == []

        came = Sign(person=AgentId("wang"), at=start - HOUR, kind=SignKind.IN, source=SignSource.CLI)
        await AttendanceStore(app.pool).sign(came)
        await attendance.judge()  # the service does too, in its own time
        assert await attendance.judge() == []
        found = await AttendanceStore(app.pool).findings(start - 48 * HOUR, start + HOUR)
    assert [(one.person, one.kind) for one in found] == [("li", "late")]
