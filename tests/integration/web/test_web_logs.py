"""Logs: one line each, whatever is in them, and no secret."""

import json
import logging

import asyncpg
import pytest
import structlog

from tests.integration.web.serving import ENVIRON, PARTNER_KEY, logging_to, settings_with


def test_secrets_are_masked_wherever_they_come_from() -> None:
    settings = settings_with(database={"dsn": "postgresql://u:canary-pass@h/d"})
    with logging_to("json", settings.secret_texts()) as stream:
        log = structlog.get_logger("any.part")
        log.info(
            "connected", dsn="postgresql://u:canary-pass@h/d", deep={"a": [f"x{PARTNER_KEY}y"]}
        )
        logging.getLogger("library").warning("password %s", "canary-pass")
        try:
            raise ValueError(PARTNER_KEY)
        except ValueError:
            log.exception("broken")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (told[0]["dsn"], told[0]["deep"]) == ("***", {"a": ["x***y"]})
    assert (told[1]["event"], told[1]["logger"]) == ("password ***", "library")
    assert told[2]["exception"].endswith("ValueError: ***")
    assert "canary" not in stream.getvalue()
    assert all(secret.startswith("canary") for secret in ENVIRON.values())


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_row_that_postgres_shows_in_an_error_is_left_out(form: str) -> None:
    failed = asyncpg.CheckViolationError("new row violates check constraint")
    failed.detail = "Failing row contains (canary-ana,\n\ncanary-souza@example.com)."
    failed.hint = "canary-hint"
    with logging_to(form) as stream:
        try:
            try:
                raise failed
            except asyncpg.CheckViolationError as error:
                raise RuntimeError("not written") from error
        except RuntimeError:
            structlog.get_logger("any").exception("broken")
            logging.getLogger("library").exception("broken")
    told = stream.getvalue()
    assert told.count("new row violates check constraint") == 2
    assert told.count("RuntimeError: not written") == 2
    assert "canary" not in told


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_odd_text_stays_in_its_line(form: str) -> None:
    with logging_to(form) as stream:
        structlog.get_logger("any").info("told", odd="a\nb \udc80 \x1b[31m", number=7)
    (line,) = stream.getvalue().splitlines()
    assert "\x1b" not in line
    assert "told" in line
    assert "7" in line


def test_a_level_below_the_settings_is_not_written() -> None:
    with logging_to("json") as stream:
        structlog.get_logger("any").debug("whisper")
        logging.getLogger("uvicorn.error").info("started")
    assert stream.getvalue() == ""
