"""Calls, the facts behind them, gaps, tokens and the trail of lookups.

Tables that grow with the calls are partitioned by month. A primary key of such a table has to contain
the partition's time, so ``(call_id, arrived_at)`` is a call's key; ``arrived_at`` never changes. The
children of a call carry both and have no foreign key: a month expires by dropping its partitions, and
a foreign key would stand in the way. A ``…_default`` partition catches what no month was made for.

There are no CHECK constraints on what a call says: PostgreSQL writes the whole failing row into its
log, a caller's number with it. The words are StrEnums of the one program that writes them.

Durations are seconds, of whole microseconds. Ids sort by bytes (COLLATE "C"), on every machine alike.
"""

from alembic import op

from callcenter.store.migrations import statements

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0001_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0001_down"):
        op.execute(statement)
