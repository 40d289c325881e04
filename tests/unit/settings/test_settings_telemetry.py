"""Where spans go: the file, or OpenTelemetry's own variables; a collector's secret is secret."""

from pathlib import Path
from typing import Any

import pytest

from gateway.settings import Settings, SettingsInvalid, read_settings

TOKEN = "canary-collector-token"
STANDARD = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318/",
    "OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{TOKEN}, X-Tenant=a",
    "OTEL_SERVICE_NAME": "trama-shop",
}


def read(environ: dict[str, str], **sections: Any) -> Settings:
    tree = {"database": {"dsn": "postgresql://u:p@db/trama"}, **sections}
    return read_settings(tree, environ, Path())


def fault_of(environ: dict[str, str], **sections: Any) -> str:
    with pytest.raises(SettingsInvalid) as caught:
        read(environ, **sections)
    (fault,) = caught.value.faults
    return str(fault)


def test_without_a_collector_a_tenth_of_the_traces_would_be_sent_and_none_is() -> None:
    told = read({}).tracing
    assert (told.endpoint, told.sample_ratio, told.service_name) == (None, 0.1, "trama")


def test_opentelemetrys_own_variables_are_read() -> None:
    told = read(STANDARD).tracing
    assert (told.endpoint, told.service_name) == ("http://collector:4318", "trama-shop")
    assert told.headers.get_secret_value() == {
        "authorization": f"Bearer {TOKEN}",
        "x-tenant": "a",
    }


def test_what_the_file_or_our_own_variable_says_goes_before_them() -> None:
    environ = {**STANDARD, "TRAMA_TRACING__SERVICE_NAME": "ours"}
    told = read(environ, tracing={"endpoint": "https://elsewhere.example.com"}).tracing
    assert (told.endpoint, told.service_name) == ("https://elsewhere.example.com", "ours")


def test_the_collectors_secret_shows_in_no_log_and_no_repr() -> None:
    settings = read(STANDARD)
    assert TOKEN not in repr(settings)
    assert f"Bearer {TOKEN}" in settings.secret_texts()
    assert TOKEN in settings.secret_texts()


@pytest.mark.parametrize(
    "told", [TOKEN, f"a=b,{TOKEN}", f'a="{TOKEN}"', f"a=b;{TOKEN}", f"a=\n{TOKEN}"]
)
def test_headers_that_cannot_be_read_are_a_fault_that_does_not_repeat_them(told: str) -> None:
    fault = fault_of({"OTEL_EXPORTER_OTLP_HEADERS": told})
    assert fault == "OTEL_EXPORTER_OTLP_HEADERS: write name=value,name=value"


@pytest.mark.parametrize(
    ("tracing", "fault"),
    [
        (
            {"endpoint": f"https://user:{TOKEN}@collector:4318"},
            "tracing.endpoint: no credentials in the address; give headers",
        ),
        (
            {"endpoint": "collector:4318"},
            "tracing.endpoint: write an absolute address such as https://trama.example.com",
        ),
        ({"headers": {"a": 1}}, 'tracing.headers: write name = "value" or name = { env = "NAME" }'),
        ({"sample_ratio": 1.5}, "tracing.sample_ratio: should be less than or equal to 1"),
    ],
)
def test_a_fault_says_what_to_write(tracing: dict[str, Any], fault: str) -> None:
    assert fault_of({}, tracing=tracing) == fault
