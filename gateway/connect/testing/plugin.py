"""pytest's side of the conformance kit: a test that takes `connector_rule` runs once per rule.

SUBJECT = find_subject("mine")

async def test_the_connector_keeps(connector_rule: Rule) -> None:
    await connector_rule.attempt(SUBJECT)
"""

from typing import Any

FIXTURE = "connector_rule"


def pytest_generate_tests(metafunc: Any) -> None:
    """Give a test module's `SUBJECT` one run per rule that its capabilities imply."""
    if FIXTURE not in metafunc.fixturenames:
        return
    from gateway.connect.testing.kit import Subject, rules_of

    subject = getattr(metafunc.module, "SUBJECT", None)
    if not isinstance(subject, Subject):
        raise TypeError(f"{metafunc.module.__name__} takes {FIXTURE} but has no SUBJECT")
    metafunc.parametrize(FIXTURE, rules_of(subject), ids=lambda rule: rule.id)
