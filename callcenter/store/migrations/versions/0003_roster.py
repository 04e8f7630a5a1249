"""People, the planned roster, requests to change it, and who effectively holds what.

Nothing of it is partitioned: a hotline has some ten shifts a day. Everything but ``assignment``, which
can be made again, is only added to.

Nobody is in two places: a person's assignments that overlap have to be of one duty, i.e. the duties have
the same start and the same end. An exclusion constraint joins its conditions with "and", so "another start
or another end" is two constraints. They are deferred: a swap passes through a state in which both hold one.
"""

from alembic import op

from callcenter.store.migrations import statements

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0003_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0003_down"):
        op.execute(statement)
