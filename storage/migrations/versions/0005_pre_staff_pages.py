"""Drafts of lessons, pictures, canned answers, numbers; who published what; second factors; an audit that stays.

Runs while the old code is alive: it knows none of the tables, and the new columns have defaults.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    _lessons()
    _numbers()
    op.create_table(
        "cannedanswer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("picture", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    # No foreign keys: SQLite would have to copy the table.
    op.add_column("handoff", sa.Column("claimed_by", sa.Integer(), nullable=True))
    op.add_column("handoff", sa.Column("claimed_at", sa.BigInteger(), nullable=True))
    op.add_column("handoff", sa.Column("told", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("handoff", sa.Column("told_at", sa.BigInteger(), nullable=True))
    op.add_column("staff", sa.Column("totp_secret", sa.String(), nullable=False, server_default=""))
    op.add_column("staff", sa.Column("totp_step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("staff", sa.Column("recovery", sa.Text(), nullable=False, server_default="[]"))
    is_apart = sa.text("state IN ('held', 'unknown', 'dead')")
    columns = ["state", "settled_at", "account_id"]
    op.create_index("outbox_apart", "outbox", columns, sqlite_where=is_apart, postgresql_where=is_apart)
    op.add_column("staffsession", sa.Column("is_pending", sa.Boolean(), nullable=False, server_default=sa.false()))
    _audit()


def _lessons() -> None:
    op.create_table(
        "lessondraft",
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file"),
    )
    op.create_table(
        "lessonpresence",
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("file", "staff_id"),
    )
    op.create_table(
        "medium",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("alt", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("uploaded_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.add_column("publication", sa.Column("by_id", sa.Integer(), nullable=True))
    op.add_column("publication", sa.Column("reason", sa.Text(), nullable=False, server_default=""))
    op.add_column("publication", sa.Column("changed", sa.Text(), nullable=False, server_default="[]"))


def _numbers() -> None:
    op.create_table(
        "stepcount",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("lesson", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place", "month", "lesson", "step", "kind"),
    )
    op.create_table(
        "placecount",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("residents", sa.Integer(), nullable=False),
        sa.Column("learners", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("subscribers", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("place"),
    )
    op.create_table(
        "counted",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_index("ix_person_place", "person", ["place"])
    is_standing = sa.text("lesson IS NOT NULL")
    op.create_index(
        "learner_standing", "learner", ["updated_at"], sqlite_where=is_standing, postgresql_where=is_standing
    )
    op.create_index("stepevent_at", "stepevent", ["at"])
    is_wrong = sa.text("kind = 'answer_wrong'")
    op.create_index("stepevent_wrong", "stepevent", ["at"], sqlite_where=is_wrong, postgresql_where=is_wrong)


def _audit() -> None:
    """Rows of the audit are only ever added: the database itself refuses everything else."""
    for name in ("staff_id", "action", "subject"):
        op.create_index(f"audit_of_{name.removesuffix('_id')}", "audit", [name, "id"])
    if op.get_bind().dialect.name == "sqlite":
        for what in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER audit_no_{what} BEFORE {what.upper()} ON audit "
                "BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit is only added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    )
