"""Views for dashboards and spreadsheets: calls with their shift and who was on duty; who holds what."""

from alembic import op

from callcenter.store.migrations import statements

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0006_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0006_down"):
        op.execute(statement)
