"""Liveness, readiness and metrics.

Live: the process answers. Ready: it can take a webhook, that is, the writer runs, the database answers and
there are lessons.
"""

import asyncio
import json
from collections.abc import Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from storage.database import Database, reading
from storage.writer import Writer
from webhooks.metrics import Metrics


def health_routes(database: Database, writer: Writer, metrics: Metrics, *, lessons: Callable[[], int]) -> list[Route]:
    """GET /health/live, /health/ready and /metrics; `lessons` counts what residents can learn now."""

    async def live(_request: Request) -> Response:
        return _json(200, {"status": "live"})

    async def ready(_request: Request) -> Response:
        checks = {
            "writer": writer.is_alive,
            "database": await asyncio.to_thread(_answers, database),
            "lessons": lessons() > 0,
        }
        return _json(200 if all(checks.values()) else 503, {"ready": all(checks.values()), **checks})

    async def show_metrics(_request: Request) -> Response:
        metrics.waiting.set(writer.waiting)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", show_metrics),
    ]


def _answers(database: Database) -> bool:
    try:
        with reading(database) as connection:
            return bool(connection.scalar(text("SELECT 1")))
    except SQLAlchemyError:
        return False


def _json(status: int, content: dict[str, object]) -> Response:
    return Response(json.dumps(content), status_code=status, media_type="application/json")
