"""One batch of facts into PostgreSQL, as one transaction that may be repeated."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from asyncpg import Record

from callcenter.record import Call
from callcenter.store import columns
from callcenter.store.pool import Connection
from callcenter.store.queries import load
from callcenter.store.rows import Row, body_of, call_of, instant_of
from callcenter.terms import CallId

log = structlog.get_logger(__name__)

_SQL = load("write")
_FACT = ("subject", "seq", "kind", "at", "pbx", "body")
_OTHER_KINDS = frozenset(
    {"call_merged", "link_up", "link_down", "anomaly", "duty_signed", "routing_forced", "routing_alert"}
)
_AROUND = timedelta(days=2)
"""How far apart two tellings of one call may put its arrival, at the very most."""


async def prepare(connection: Connection) -> None:
    """Make the tables that rows pass through, for as long as the connection lives."""
    await connection.execute(_SQL["stage_facts"])
    await connection.execute(_SQL["stage_calls"])


async def apply(connection: Connection, rows: Sequence[Row]) -> None:
    """Put *rows* into the tables. Raises msgspec.DecodeError on a row that is no fact, or what
    asyncpg raises.
    """
    calls = list(_last_tellings(rows))
    async with connection.transaction():
        await _log(connection, rows)
        await _tell(connection, calls)
        await _withdraw(connection, [row for row in rows if row.kind == "call_merged"], calls)
        await _links(connection, [row for row in rows if row.kind in ("link_up", "link_down")])


def _last_tellings(rows: Iterable[Row]) -> Iterable[Call]:
    last: dict[str, Row] = {}
    for row in rows:
        if row.kind not in _OTHER_KINDS and (row.subject not in last or last[row.subject].seq < row.seq):
            last[row.subject] = row
    return map(call_of, last.values())


async def _log(connection: Connection, rows: Sequence[Row]) -> None:
    records = [(row.subject, row.seq, row.kind, instant_of(row), row.pbx, row.body) for row in rows]
    await connection.copy_records_to_table("incoming_fact", records=records, columns=_FACT)
    await connection.execute(_SQL["log_facts"])


async def _tell(connection: Connection, calls: Sequence[Call]) -> None:
    if not calls:
        return
    known = await _known(connection, calls)
    fresh = [_pinned(call, known.get(call.call_id)) for call in calls if _is_news(call, known)]
    if not fresh:
        return
    records = map(columns.call_record, fresh)
    await connection.copy_records_to_table("incoming_call", records=records, columns=columns.CALL)
    told = {row["call_id"] for row in await connection.fetch(_SQL["tell_calls"])}
    fresh = [call for call in fresh if call.call_id in told]
    await _forget_children(connection, [call for call in fresh if call.call_id in known])
    await _tell_children(connection, fresh)


async def _known(connection: Connection, calls: Sequence[Call]) -> dict[CallId, Record]:
    """When the calls that are stored already arrived, and their last telling."""
    return {row["call_id"]: row for row in await connection.fetch(_SQL["known"], *_window(calls))}


def _is_news(call: Call, known: Mapping[CallId, Record]) -> bool:
    return call.call_id not in known or call.seq > known[call.call_id]["seq"]


def _pinned(call: Call, known: Record | None) -> Call:
    """A call's arrival never changes once told: it is half of its key, and another would be another call."""
    if known is None or known["arrived_at"] == call.arrived_at:
        return call
    log.warning("arrival_retold", call_id=call.call_id)
    return replace(call, arrived_at=known["arrived_at"])


async def _forget_children(connection: Connection, calls: Sequence[Call]) -> None:
    if calls:
        for statement in ("forget_attempts", "forget_transfers", "forget_recordings"):
            await connection.execute(_SQL[statement], *_window(calls))


async def _tell_children(connection: Connection, calls: Sequence[Call]) -> None:
    for table, names, records_of in (
        ("attempt", columns.ATTEMPT, columns.attempt_records),
        ("transfer", columns.TRANSFER, columns.transfer_records),
        ("recording", columns.RECORDING, columns.recording_records),
    ):
        records = [record for call in calls for record in records_of(call)]
        if records:
            await connection.copy_records_to_table(
                table, schema_name="callcenter", records=records, columns=names
            )


async def _withdraw(connection: Connection, merges: Sequence[Row], calls: Sequence[Call]) -> None:
    if merges:
        records = [(row.subject, body_of(row)["into"], row.pbx, instant_of(row)) for row in merges]
        await connection.executemany(_SQL["merge"], records)
    ids = [row.subject for row in merges]
    if calls:
        found = await connection.fetch(_SQL["withdrawn"], [call.call_id for call in calls])
        ids += [row["call_id"] for row in found]
    if ids:
        await connection.execute(_SQL["withdraw"], ids)


async def _links(connection: Connection, rows: Sequence[Row]) -> None:
    records = []
    for row in rows:
        body = body_of(row)
        began = body.get("gap_began_at")
        records.append(
            (
                row.pbx,
                instant_of(row),
                row.kind == "link_up",
                body.get("reason"),
                None if began is None else datetime.fromisoformat(began),
                bool(body.get("pbx_restarted")),
            )
        )
    if records:
        await connection.executemany(_SQL["change_link"], records)


def _window(calls: Sequence[Call]) -> tuple[list[CallId], datetime, datetime]:
    arrivals = [call.arrived_at for call in calls]
    return [call.call_id for call in calls], min(arrivals) - _AROUND, max(arrivals) + _AROUND
