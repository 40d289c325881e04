"""Bling's times: those of Sao Paulo, written without saying so."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from gateway.connect.errors import MalformedPayload

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
# What stands for no date.
_NO_DATE = "0000-00-00"


def written(moment: datetime) -> str:
    """Write a moment as a filter takes it, to the second below."""
    return moment.astimezone(SAO_PAULO).strftime("%Y-%m-%d %H:%M:%S")


def read_moment(text: str | None, path: str) -> datetime | None:
    """Read a date, or a date and a time; None where there is none. Raises MalformedPayload."""
    if not text or text.startswith(_NO_DATE):
        return None
    try:
        told = datetime.fromisoformat(text)
        if told.tzinfo is not None:
            raise ValueError("a zone")
        return told.replace(tzinfo=SAO_PAULO).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedPayload(f"no date of Bling's: {text[:40]!r}", path) from error
