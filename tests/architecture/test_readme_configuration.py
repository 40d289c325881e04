"""README's least configuration is one that works."""

import re
import tomllib
from pathlib import Path

from gateway.bootstrap.sources import connect_sources
from gateway.model.time import SystemClock
from gateway.settings import read_settings

ROOT = Path(__file__).parents[2]
ENVIRON = {
    "DATABASE_URL": "postgresql://trama@db.example/trama",
    "VTEX_APP_TOKEN": "a-token",
    "SHIPHERO_TOKEN": "a-token",
}


async def test_the_least_configuration_of_readme_connects_its_sources() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    settings = read_settings(tomllib.loads(text), ENVIRON, ROOT)
    sources = connect_sources(settings, SystemClock())
    assert [(source.id, source.channel) for source in sources] == [
        ("marketplace", "marketplace"), ("warehouse", None),
    ]  # fmt: skip
    await sources.close()
