"""Talk and hold by phone: after a transfer each agent's is their own."""

from alembic import op

from callcenter.store.migrations import statements

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0007_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0007_down"):
        op.execute(statement)
