"""Staff, their sessions and what they did; schedules of bulletins; articles; who wrote a bulletin; who may be billed.

Runs while the old code is alive: it knows none of the tables, and the new columns are empty.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_IS_SLOT_OPEN = sa.text("state IN ('preparing', 'missed', 'wanted')")
_IS_ARTICLE_OPEN = sa.text("state IN ('creating', 'checking', 'broadcasting')")


def upgrade() -> None:
    _staff()
    op.create_table(
        "bulletinschedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("place_name", sa.String(), nullable=False),
        sa.Column("crops", sa.String(), nullable=False),
        sa.Column("days", sa.String(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("ask", sa.String(), nullable=False),
        sa.Column("seen_within_days", sa.Integer(), nullable=True),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("author_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_bulletinschedule_place", "bulletinschedule", ["place"])
    op.create_table(
        "bulletinslot",
        sa.Column("schedule_id", sa.Integer(), sa.ForeignKey("bulletinschedule.id"), nullable=False),
        sa.Column("slot", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bulletin_id", sa.Integer(), sa.ForeignKey("bulletin.id"), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("schedule_id", "slot"),
    )
    op.create_index("slot_open", "bulletinslot", ["state"], sqlite_where=_IS_SLOT_OPEN, postgresql_where=_IS_SLOT_OPEN)
    op.create_table(
        "bulletinarticle",
        sa.Column("bulletin_id", sa.Integer(), sa.ForeignKey("bulletin.id"), nullable=False),
        sa.Column("account_id", sa.Integer(), sa.ForeignKey("account.id"), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("article_id", sa.String(), nullable=False),
        sa.Column("platform_id", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("claimed_by", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("bulletin_id", "account_id"),
    )
    op.create_index(
        "article_open",
        "bulletinarticle",
        ["due_at"],
        sqlite_where=_IS_ARTICLE_OPEN,
        postgresql_where=_IS_ARTICLE_OPEN,
    )
    op.add_column("account", sa.Column("articles_per_month", sa.Integer(), nullable=True))
    # No foreign keys: SQLite would have to copy the table, pictures and all.
    op.add_column("bulletin", sa.Column("author_id", sa.Integer(), nullable=True))
    op.add_column("bulletin", sa.Column("approver_id", sa.Integer(), nullable=True))
    op.add_column("bulletin", sa.Column("questions_told_at", sa.BigInteger(), nullable=True))
    _bills_and_indexes()


def _bills_and_indexes() -> None:
    """Defaults for the old code, which writes such rows without these columns."""
    for name in ("planned_billed", "expanded_billed"):
        op.add_column("bulletin", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column("outbox", sa.Column("may_bill", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.drop_index("ix_bulletin_state", "bulletin")
    op.drop_index("ix_bulletin_place", "bulletin")
    op.create_index("bulletin_by_state", "bulletin", ["state", "valid_until", "urgent_reason"])
    columns = ["place", "state", "released_at", "corrected_by", "valid_until", "crops"]
    op.create_index("bulletin_by_place", "bulletin", columns)
    # Of one column each, so that they give people in their order; those who ended theirs are counted, too.
    op.drop_index("subscription_by_place", "subscription")
    op.create_index("ix_subscription_place", "subscription", ["place"])
    op.create_index("ix_subscription_province", "subscription", ["province"])
    is_asked = sa.text("verdict = 'question'")
    op.create_index(
        "delivery_asked", "bulletindelivery", ["bulletin_id"], sqlite_where=is_asked, postgresql_where=is_asked
    )


def _staff() -> None:
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(), nullable=False, unique=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("roles", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("failed_attempts", sa.Integer(), nullable=False),
        sa.Column("locked_until", sa.BigInteger(), nullable=True),
        sa.Column("join_digest", sa.String(), nullable=False),
        sa.Column("join_until", sa.BigInteger(), nullable=True),
        sa.Column("link_digest", sa.String(), nullable=False),
        sa.Column("link_until", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.Integer(), sa.ForeignKey("person.id"), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_staff_join_digest", "staff", ["join_digest"])
    op.create_index("ix_staff_link_digest", "staff", ["link_digest"])
    op.create_index("ix_staff_person_id", "staff", ["person_id"])
    op.create_table(
        "staffsession",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("agent", sa.String(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_staffsession_staff_id", "staffsession", ["staff_id"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
