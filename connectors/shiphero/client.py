"""ShipHero's one endpoint, in ShipHero's terms: an operation in, its data or an error out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Raw

from connectors.shiphero import queries, wire
from connectors.shiphero.credits import Credits
from connectors.shiphero.queries import Operation
from connectors.shiphero.settings import ShipHeroSettings
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.definition import ConnectContext
from gateway.connect.errors import (
    ContractError,
    MalformedPayload,
    NotFound,
    PermissionDenied,
    Rejected,
    SourceError,
    Throttled,
    UpstreamFault,
)
from gateway.connect.wording import words_of

# A 429 follows 7,000 requests in five minutes and names no time.
THROTTLED_SECONDS = 30.0
_CREDITS_PER_SECOND = 60.0
_LONGEST_WAIT = 86_400.0

# https://developer.shiphero.com/troubleshooting/error-glossary/ and /scopes/ (2026-11)
_NOT_FOUND = 5
_MISSING_SCOPE = 7
_NO_CREDITS = 30
_SCOPES = re.compile(r"scope\(s\): (.+)")
_SPAN = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*(second|minute|hour)", re.ASCII)
_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}


@dataclass(frozen=True, slots=True)
class Data:
    """What an operation brought, by alias, each as its own bytes."""

    parts: Mapping[str, Raw]
    started_at: datetime

    def part(self, alias: str) -> Raw:
        """Answer one alias; raises MalformedPayload when it did not come."""
        try:
            return self.parts[alias]
        except KeyError:
            raise MalformedPayload("the answer lacks it", f"data.{alias}") from None


class ShipHeroClient:
    """One account's API."""

    def __init__(self, settings: ShipHeroSettings, context: ConnectContext) -> None:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {settings.token.reveal()}",
        }
        self._session = context.session(settings.endpoint, headers, THROTTLED_SECONDS)
        self._credits = Credits(context.clock)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()

    async def read(
        self, operation: Operation, variables: Mapping[str, Any], deadline: Deadline
    ) -> Data:
        """Send a query; it is sent again when the connection breaks."""
        return await self._send(operation, variables, deadline, again=True)

    async def write(
        self, operation: Operation, variables: Mapping[str, Any], deadline: Deadline
    ) -> Data:
        """Send a mutation, once."""
        return await self._send(operation, variables, deadline, again=False)

    async def orders(
        self, size: int, since: datetime | None, after: str | None, deadline: Deadline
    ) -> Data:
        """Read a page of the orders, or of those updated since a moment."""
        return await self.read(queries.orders_page(size), _page(since, after), deadline)

    async def warehouse_products(
        self, since: datetime | None, after: str | None, deadline: Deadline
    ) -> Data:
        """Read a page of the positions, or of those updated since a moment."""
        return await self.read(queries.WAREHOUSE_PRODUCTS, _page(since, after), deadline)

    async def _send(
        self, operation: Operation, variables: Mapping[str, Any], deadline: Deadline, again: bool
    ) -> Data:
        await self._credits.turn(operation.cost, operation.spare, deadline)
        response = await self._session.request(
            "POST",
            "",
            operation=operation.name,
            deadline=deadline,
            json={
                "query": operation.text,
                "operationName": operation.name,
                "variables": dict(variables),
            },
            scope=operation.scope,
            retry=again,
        )
        answer = decode(response.body, wire.Answer)
        if answer.errors:
            raise self._failure(answer.errors, operation)
        if answer.data is None:
            raise UpstreamFault("the answer has neither data nor errors")
        self._learn(answer.data)
        return Data(answer.data, response.started_at)

    def _learn(self, data: Mapping[str, Raw]) -> None:
        try:
            self._credits.learn(decode(data["user_quota"], wire.Quota))
        except (KeyError, ContractError):
            return

    def _failure(self, faults: tuple[wire.Fault, ...], operation: Operation) -> SourceError:
        for fault in faults:
            if str(fault.code) == str(_NO_CREDITS):
                wait = _wait(fault)
                self._session.hold(wait)
                return Throttled("ShipHero asks to wait for credits", wait)
        fault = faults[0]
        what = f"{operation.name}: {words_of(fault.message)}"
        if str(fault.code) == str(_MISSING_SCOPE):
            named = _SCOPES.search(fault.message)
            return PermissionDenied(what, named.group(1).strip() if named else operation.scope)
        if str(fault.code) == str(_NOT_FOUND):
            return NotFound(what)
        return Rejected(what, None if fault.code is None else str(fault.code))


def _page(since: datetime | None, after: str | None) -> dict[str, Any]:
    variables: dict[str, Any] = {}
    if since is not None:
        variables["since"] = since.isoformat()
    if after is not None:
        variables["after"] = after
    return variables


def _wait(fault: wire.Fault) -> float:
    """Answer the seconds that a refusal names, else what the missing credits take to grow."""
    span = _SPAN.search(fault.time_remaining or "") or _SPAN.search(fault.message)
    if span is not None:
        return min(float(span.group(1)) * _SECONDS[span.group(2)], _LONGEST_WAIT)
    if fault.required_credits is None or fault.remaining_credits is None:
        return THROTTLED_SECONDS
    missing = fault.required_credits - fault.remaining_credits
    return min(max(1.0, missing / _CREDITS_PER_SECOND), _LONGEST_WAIT)
