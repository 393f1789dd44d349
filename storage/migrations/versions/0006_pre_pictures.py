"""Pictures that are to be looked through for QR codes; what was pasted to be checked, found by its age.

Runs while the old code is alive: it knows neither the table nor the index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "picturelook",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "key"),
    )
    op.create_index("ix_picturelook_due_at", "picturelook", ["due_at"])
    is_pasted = sa.text("kind = 'Pasted'")
    op.create_index("inbox_pasted", "inbox", ["received_at"], sqlite_where=is_pasted, postgresql_where=is_pasted)
