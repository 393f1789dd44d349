"""Alembic's entry: runs on the connection that storage.database hands over, in its transaction."""

from alembic import context
from sqlmodel import SQLModel

import storage.bulletin_tables
import storage.lesson_tables
import storage.team_tables  # noqa: F401  (fills SQLModel.metadata)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
)
context.run_migrations()
