"""The duty log, attendance, the calendar of workdays, and hotlines forced open or closed.

The log is one hash chain. The service's role can read it and call ``logbook_append``, which runs as the
owner, takes the head's lock and gives number, time and hash; it has no other right on the table. Triggers
keep the owner from changing it by mistake, and a superuser who gets round them breaks the chain. The
functions have a fixed search path, so nobody can put an object of his own in the way of theirs.

A purge removes the oldest months, never one younger than three years, and leaves an anchor for the chain.
"""

from alembic import op

from callcenter.store.migrations import statements

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0004_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0004_down"):
        op.execute(statement)
