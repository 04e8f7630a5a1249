"""${message}."""

from alembic import op

from callcenter.store.migrations import statements

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    for statement in statements("${up_revision}_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("${up_revision}_down"):
        op.execute(statement)
