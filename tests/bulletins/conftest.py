"""What tests of bulletins on their way stand on."""

from collections.abc import Iterator

import pytest

from storage.database import Database, transaction
from tests.bulletins.commune import Commune


@pytest.fixture
def commune(database: Database) -> Iterator[Commune]:
    with transaction(database) as connection:
        yield Commune(connection)
