"""Answers that members give again and again."""

from typing import Any

from sqlalchemy import Connection, Row, select

from storage.team_tables import CANNED_ANSWER


def offered(connection: Connection) -> list[Row[Any]]:
    """Those that are offered (id, title, text, picture), by their titles."""
    query = select(CANNED_ANSWER.c.id, CANNED_ANSWER.c.title, CANNED_ANSWER.c.text, CANNED_ANSWER.c.picture)
    return list(connection.execute(query.where(CANNED_ANSWER.c.ended_at.is_(None)).order_by(CANNED_ANSWER.c.title)))
