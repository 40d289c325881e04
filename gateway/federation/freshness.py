"""How old an answer may be, and what to do when it is older: pure."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, StrEnum


class OnStale(StrEnum):
    """What to do with an answer that is older than allowed."""

    REFRESH_OR_SERVE = "REFRESH_OR_SERVE"
    REFRESH_OR_FAIL = "REFRESH_OR_FAIL"
    SERVE = "SERVE"
    FAIL = "FAIL"


# By which sources are asked, and waited for.
REFRESHED = (OnStale.REFRESH_OR_SERVE, OnStale.REFRESH_OR_FAIL)


class ServedFrom(StrEnum):
    """Where an answer was taken from."""

    SOURCE = "SOURCE"
    PROJECTION = "PROJECTION"


class Action(Enum):
    """What follows from an answer's age."""

    SERVE_FRESH = "serve fresh"
    REFRESH = "refresh, then serve or fail"
    SERVE_STALE_AND_REFRESH_BEHIND = "serve stale and refresh behind"
    SERVE_STALE = "serve stale"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class FreshnessAsk:
    """What the caller wrote; None is left to the configuration."""

    max_age: timedelta | None
    on_stale: OnStale | None


# Everything is left to the configuration.
AS_CONFIGURED = FreshnessAsk(None, None)


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for one answer."""

    max_age: timedelta
    on_stale: OnStale


class FreshnessRule(Policy):
    """What holds for a field unless the caller asks for something else."""

    __slots__ = ()


# Whatever its age; only what was never read counts as stale.
AS_IT_IS = Policy(timedelta.max, OnStale.SERVE)


def policy(ask: FreshnessAsk, rule: FreshnessRule, floor: timedelta) -> Policy:
    """Answer what holds: the floor binds what callers ask for, never the configured default."""
    if ask is AS_CONFIGURED:
        return rule
    max_age = rule.max_age if ask.max_age is None else max(ask.max_age, floor)
    return Policy(max_age, rule.on_stale if ask.on_stale is None else ask.on_stale)


def is_stale(as_of: datetime | None, now: datetime, held: Policy) -> bool:
    """Answer whether facts are older than allowed; what was never read is."""
    return as_of is None or now - as_of > held.max_age


def decide(as_of: datetime | None, now: datetime, held: Policy, *, can_refresh: bool) -> Action:
    """Answer what to do with facts of this age."""
    if not is_stale(as_of, now, held):
        return Action.SERVE_FRESH
    if held.on_stale is OnStale.FAIL:
        return Action.FAIL
    if held.on_stale is OnStale.SERVE:
        return Action.SERVE_STALE_AND_REFRESH_BEHIND if can_refresh else Action.SERVE_STALE
    if can_refresh:
        return Action.REFRESH
    return Action.FAIL if held.on_stale is OnStale.REFRESH_OR_FAIL else Action.SERVE_STALE


class InvalidDuration(ValueError):
    """The text is not a length of time that can be used."""


_DURATION = re.compile(
    r"P(?:(?P<weeks>\d{1,4})W|(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,8})M)?"
    r"(?:(?P<seconds>\d{1,10}(?:\.\d{1,6})?)S)?)?)"
)


def parse_duration(text: str) -> timedelta:
    """Read an ISO 8601 duration of weeks, days, hours, minutes, seconds; raises InvalidDuration."""
    found = _DURATION.fullmatch(text) if isinstance(text, str) and text != "P" else None
    if found is None:
        raise InvalidDuration("write a length of time such as PT5S, PT1M30S or P1D (ISO 8601)")
    parts = {name: float(value) for name, value in found.groupdict().items() if value}
    return timedelta(**parts)


def format_duration(length: timedelta) -> str:
    """Answer a length of time as ISO 8601, e.g. P1DT2H3M4.5S."""
    if length < timedelta(0):
        raise InvalidDuration("a length of time is not negative")
    minutes, seconds = divmod(length.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{length.microseconds:06d}".rstrip("0") if length.microseconds else ""
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if seconds or fraction:
        clock += f"{seconds}{fraction}S"
    days = f"{length.days}D" if length.days else ""
    return f"P{days}T{clock}" if clock else (f"P{days}" if days else "PT0S")
