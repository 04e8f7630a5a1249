"""The duty chain's step on each try of a phone."""

from alembic import op

from callcenter.store.migrations import statements

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0005_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0005_down"):
        op.execute(statement)
