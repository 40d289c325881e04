"""A Postgres under our own supervisor, for the demo, for development and for tests."""

from gateway.projection.embedded.errors import EmbeddedPostgresError
from gateway.projection.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
