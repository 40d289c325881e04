"""Which steps there are is known without Alembic, which only who migrates has to load."""

import subprocess
import sys

from alembic.script import ScriptDirectory

from gateway.projection.migrate import known_revisions
from gateway.projection.upgrading import migration_config


def test_the_steps_are_the_ones_that_alembic_takes_in_its_order() -> None:
    script = ScriptDirectory.from_config(migration_config())
    steps = [each.revision for each in script.iterate_revisions("head", "base")]
    assert known_revisions() == steps[::-1]


def test_who_serves_loads_neither_alembic_nor_sqlalchemy() -> None:
    ask = (
        "import sys, gateway.cli; "
        "print(sorted({'alembic', 'sqlalchemy', 'asyncpg'} & sys.modules.keys()))"
    )
    told = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True)
    assert told.stdout.strip() == "['asyncpg']"
