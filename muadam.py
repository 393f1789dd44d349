"""muadam: the command line. Each command has --help with an example; what goes wrong is one sentence and exit 2."""

import logging
import sys

import structlog
import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from structlog.tracebacks import ExceptionDictTransformer

from commands import (
    account,
    bulletin,
    bulletin_article,
    bulletin_readers,
    bulletin_release,
    bulletin_schedule,
    drawing,
    lessons,
    places,
    qr,
    scam,
    serving,
    sheets,
    staff,
    stats,
    upkeep,
)
from publishing import NotPublished
from server import Trouble
from storage.database import StorageError

cli = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for subject in (serving, lessons, drawing, sheets, scam, upkeep):
    cli.add_typer(subject.cli)
cli.add_typer(account.cli, name="account")
bulletin.cli.add_typer(bulletin_release.cli)
bulletin.cli.add_typer(bulletin_article.cli)
bulletin.cli.add_typer(bulletin_readers.cli)
bulletin.cli.add_typer(bulletin_schedule.cli, name="schedule")
cli.add_typer(bulletin.cli, name="bulletin")
cli.add_typer(places.cli, name="places")
cli.add_typer(qr.cli, name="qr")
cli.add_typer(staff.cli, name="staff")
cli.add_typer(stats.cli, name="stats")


def main() -> None:
    """The command line; whatever goes wrong is one sentence on stderr and exit code 2."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # No local variables: tokens and residents' words are among them.
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    try:
        cli()
    except (Trouble, NotPublished, StorageError) as error:
        fail(str(error))
    except ValidationError as error:
        wrong = [f"MUADAM_{str(one['loc'][0]).upper()}: {one['msg']}" for one in error.errors() if one["loc"]]
        fail(f"a setting is wrong (see .env.example): {'; '.join(wrong)}")
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror}")
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or type(error).__name__)
        fail(f"the database cannot be used ({reason}): look at MUADAM_DATABASE_URL and MUADAM_DATA_DIR")


def fail(sentence: str) -> None:
    print(sentence, file=sys.stderr)
    raise SystemExit(2)


if __name__ == "__main__":
    main()
