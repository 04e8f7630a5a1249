"""Tokens that can't be read back, a trail that can't be changed, and a service that owns nothing."""

import asyncpg
import pytest

from callcenter.store.audit import Access, AuditStore
from callcenter.store.tokens import TokenStore
from callcenter.terms import AgentId, Role
from callcenter.web.ports import AuditEntry
from tests.support.factories import NOON

ENTRY = AuditEntry(
    at=NOON, who="t-1", role=Role.QA, person=AgentId("qa7"), act="calls.read", subject="main:1.1", shown=1,
    client="127.0.0.1",
)  # fmt: skip


async def test_a_token_is_found_by_its_secret_until_it_is_revoked(pool):
    store = TokenStore(pool)
    grant, secret = await store.create(Role.SUPERVISOR, AgentId("1001"))
    assert await store.find(secret) == grant
    assert (grant.role, grant.person) == (Role.SUPERVISOR, "1001")
    assert await store.find(secret + "x") is None
    assert await store.find("\udcff\0") is None
    assert await store.revoke(grant.token_id)
    assert not await store.revoke(grant.token_id)
    assert await store.find(secret) is None
    (token,) = await store.all()
    assert token.grant == grant
    assert token.revoked_at >= token.created_at


async def test_the_secret_is_nowhere_in_the_database(pool):
    _, secret = await TokenStore(pool).create(Role.WALLBOARD)
    row = await pool.fetchrow("SELECT t::text AS told FROM callcenter.api_token AS t")
    assert secret not in row["told"]
    assert secret.removeprefix("cc_") not in row["told"]


async def test_two_tokens_are_never_alike(pool):
    store = TokenStore(pool)
    made = [await store.create(Role.AGENT) for _ in range(5)]
    assert len({secret for _, secret in made}) == len({grant.token_id for grant, _ in made}) == 5


async def test_who_saw_what_is_recorded_in_order(pool):
    store = AuditStore(pool)
    await store.write(ENTRY, "complaint 17")
    assert await store.between(NOON, NOON) == []
    (access,) = await store.between(NOON, NOON.replace(hour=5))
    assert access == Access(
        at=NOON, who="t-1", role=Role.QA, person=AgentId("qa7"), act="calls.read", subject="main:1.1",
        shown=1, client="127.0.0.1", reason="complaint 17",
    )  # fmt: skip


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE callcenter.access_log SET who = 'me'",
        "DELETE FROM callcenter.access_log",
        "TRUNCATE callcenter.access_log",
        "UPDATE callcenter.fact SET body = '{}'",
        "DELETE FROM callcenter.fact",
        "DELETE FROM callcenter.call",
        "DELETE FROM callcenter.api_token",
        "DROP TABLE callcenter.call",
        "ALTER TABLE callcenter.access_log DISABLE TRIGGER ALL",
        "CREATE TABLE callcenter.mine ()",
        "DELETE FROM callcenter.fact_2026_11",
        "UPDATE callcenter.alembic_version SET version_num = '0'",
    ],
)
async def test_the_service_can_not_change_what_is_logged_nor_own_a_table(pool, statement):
    await AuditStore(pool).write(ENTRY)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(statement)


async def test_a_reader_of_reports_sees_figures_and_no_caller(database):
    owner = await asyncpg.connect(database.owner_dsn)
    await owner.execute("SET ROLE callcenter_report")
    assert await owner.fetch("SELECT * FROM report.hotline_quarter") == []
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await owner.fetch("SELECT caller FROM callcenter.call")
    await owner.execute("RESET ROLE")
    columns = await owner.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'report'"
    )
    await owner.close()
    assert not {"caller", "linkedid", "uniqueid", "call_id"} & {row["column_name"] for row in columns}
