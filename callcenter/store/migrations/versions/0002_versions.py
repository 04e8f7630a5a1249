"""What calls were told before they were judged again.

Partitioned as the calls are, and dropped with their months. The service may add to it and not change it.
"""

from alembic import op

from callcenter.store.migrations import statements

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for statement in statements("0002_up"):
        op.execute(statement)


def downgrade() -> None:
    for statement in statements("0002_down"):
        op.execute(statement)
