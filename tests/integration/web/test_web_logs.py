"""Logs: one line each, whatever is in them, and no secret."""

import json
import logging
from datetime import UTC, datetime

import asyncpg
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.web.logs import in_request
from tests.integration.web.serving import ENVIRON, PARTNER_KEY, logging_to, settings_with


def test_secrets_are_masked_wherever_they_come_from() -> None:
    configured = settings_with(database={"dsn": "postgresql://u:canary-pass@h/d"})
    with logging_to("json", configured.secret_texts()) as stream:
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


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1), st.text(), st.text())
def test_a_secret_of_any_letters_is_masked_however_json_writes_it(
    secret: str, before: str, after: str
) -> None:
    told = f"{before}{secret}{after}"
    with logging_to("json", [secret]) as stream:
        structlog.get_logger("any").info("told", deep=[{"in": told}], beside="")
    record = json.loads(stream.getvalue())
    assert record["deep"] == [{"in": told.replace(secret, "***")}]


class Told:
    def __str__(self) -> str:
        return "it is canary-secret"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Told(), "it is ***"),
        ([Told()], ["it is ***"]),
        ({7: "canary-secret"}, {"7": "***"}),
        ({"canary-secret"}, ["***"]),
        ("canary-secret \udc80", "*** \\udc80"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02 00:00:00+00:00"),
        (2**70, str(2**70)),
    ],
)
def test_what_json_does_not_know_is_told_as_text_and_masked(value: object, shown: object) -> None:
    with logging_to("json", ["canary-secret", "canary-\udc80"]) as stream:
        structlog.get_logger("any").info("told", value=value)
    assert json.loads(stream.getvalue())["value"] == shown


def test_a_line_is_written_before_what_told_it_goes_on() -> None:
    with logging_to("json") as stream:
        log = structlog.get_logger("any.part")
        with in_request("the-request"):
            log.info("first", request_id="its-own")
            assert json.loads(stream.getvalue())["request_id"] == "its-own"
            logging.getLogger("library").warning("second %s", "told")
        log.warning("third %s", "told")
    told = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(each["event"], each["logger"], each["level"]) for each in told] == [
        ("first", "any.part", "info"),
        ("second told", "library", "warning"),
        ("third told", "any.part", "warning"),
    ]
    assert [each.get("request_id") for each in told] == ["its-own", "the-request", None]


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
