"""The Postgres projection: the only place with SQL."""
