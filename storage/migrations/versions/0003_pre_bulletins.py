"""Weather bulletins: who wants them, what they say, who got them; consent has a subject, accounts a limit.

Runs while the old code is alive: it knows none of the tables, and the new columns are empty or have a default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_IS_BULLETIN = sa.text("bulletin_id IS NOT NULL")
_IS_OPEN = sa.text("state IN ('waiting', 'sending', 'held', 'paused', 'unknown')")
_IS_WANTED = sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "bulletin",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("crops", sa.String(), nullable=False),
        sa.Column("seen_within_days", sa.Integer(), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("opening", sa.Text(), nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("approver", sa.String(), nullable=False),
        sa.Column("corrects", sa.Integer(), sa.ForeignKey("bulletin.id"), nullable=True),
        sa.Column("corrected_by", sa.Integer(), nullable=True),
        sa.Column("may_bill", sa.Boolean(), nullable=False),
        sa.Column("urgent_reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("planned_at", sa.BigInteger(), nullable=True),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("expanded_to", sa.Integer(), nullable=False),
        sa.Column("expanded", sa.Integer(), nullable=False),
        sa.Column("is_expanded", sa.Boolean(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("valid_until", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bulletin_place", "bulletin", ["place"])
    op.create_index("ix_bulletin_state", "bulletin", ["state"])
    op.create_table(
        "subscription",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("province", sa.String(), nullable=False),
        sa.Column("crops", sa.String(), nullable=False),
        sa.Column("stages", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person_id"),
    )
    op.create_index(
        "subscription_by_place",
        "subscription",
        ["province", "place"],
        sqlite_where=_IS_WANTED,
        postgresql_where=_IS_WANTED,
    )
    op.create_table(
        "bulletindelivery",
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=False),
        sa.Column("bulletin_id", sa.Integer(), sa.ForeignKey("bulletin.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("verdict_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person_id", "bulletin_id"),
    )
    op.create_index("delivery_of_bulletin", "bulletindelivery", ["bulletin_id", "person_id"])
    # Rows can be paused: the index must have them, or whoever stops would get what was paused.
    op.drop_index("outbox_of_person", "outbox")
    op.create_index(
        "outbox_of_person", "outbox", ["person_id", "state"], sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN
    )
    # Plain ALTERs: a batch would copy the whole outbox, which may be large, and it needs none here.
    op.add_column("outbox", sa.Column("bulletin_id", sa.Integer(), nullable=True))
    op.create_index(
        "outbox_of_bulletin",
        "outbox",
        ["bulletin_id", "state"],
        sqlite_where=_IS_BULLETIN,
        postgresql_where=_IS_BULLETIN,
    )
    op.add_column("consent", sa.Column("subject", sa.String(), nullable=False, server_default="data"))
    op.add_column("account", sa.Column("approval_above", sa.Integer(), nullable=True))
