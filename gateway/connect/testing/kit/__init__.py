"""The conformance kit: what every connector must hold, tried over real sockets.

`gateway.connect.testing.plugin` runs a test once per rule; docs/connector-kit.md shows how.
"""

from gateway.connect.testing.kit import (
    cancelling,
    changing,
    contract,
    cursors,
    deleting,
    failing,
    observing,
    pushing,
    reading,
    records,
    renewing,
    replaying,
    retrying,
    topics,
    writing,
)
from gateway.connect.testing.kit.rules import RULES, Rule, Violation
from gateway.connect.testing.kit.running import RuleResult, rules_of, run_rules
from gateway.connect.testing.kit.scaling import Scale, scale_of, scale_path
from gateway.connect.testing.kit.subject import Subject, find_subject

FAMILIES = (
    contract,
    reading,
    cursors,
    changing,
    deleting,
    replaying,
    records,
    failing,
    cancelling,
    retrying,
    observing,
    pushing,
    topics,
    renewing,
    writing,
)

__all__ = [
    "FAMILIES",
    "RULES",
    "Rule",
    "RuleResult",
    "Scale",
    "Subject",
    "Violation",
    "find_subject",
    "rules_of",
    "run_rules",
    "scale_of",
    "scale_path",
]
