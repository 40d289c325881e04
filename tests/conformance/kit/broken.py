"""For each rule a connector that breaks it, and it alone unless said otherwise."""

import asyncio
import json
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Literal

import msgspec

from gateway.connect.deadline import Deadline
from gateway.connect.definition import ConnectContext, ConnectorDefinition
from gateway.connect.errors import (
    CursorExpired,
    DeadlineExceeded,
    Throttled,
    UnknownValue,
    Unreachable,
    UpstreamFault,
)
from gateway.connect.http import Authorization, HttpSession, Response
from gateway.connect.manifest import Manifest
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Notice, Page, RawDelivery, Unmappable
from gateway.connect.settings import Secret
from gateway.model.order import OrderRecord

from .toy import MANIFEST, RENEWING_MANIFEST, Renewing, RenewingSettings, Toy, ToySettings


class OtherNames(Toy):
    """Calls a parameter otherwise than the protocol."""

    async def orders_by_ref(
        self, references: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        return await super().orders_by_ref(references, deadline=deadline)


class Talkative(Toy):
    """Shows its key."""

    def __repr__(self) -> str:
        return f"<Toy {self.settings.key.reveal()}>"


class Eager(Toy):
    """Looks the vendor's name up before anybody asks."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        socket.getaddrinfo("localhost", 80)


class Vague(Toy):
    """Does not say which permission is missing."""

    async def get(self, path: str, params: dict[str, str], deadline: Deadline) -> Response:
        return await self.http.request(
            "GET", path, params=params, operation=path, deadline=deadline
        )


class Endless(Toy):
    """Believes the vendor that there is always one more page."""

    def following(self, answer: Response, after: int) -> int | None:
        told = self.json(answer).get("next")
        if told is None:
            return None
        if not isinstance(told, str) or not told.isdigit():
            raise UpstreamFault("next is not a place")
        return int(told)


class Shuffled(Toy):
    """Answers a batch in the vendor's order."""

    async def orders_by_ref(
        self, refs: Sequence[str], *, deadline: Deadline
    ) -> "list[Found[OrderRecord]]":
        found = await super().orders_by_ref(refs, deadline=deadline)
        return sorted(found, key=_ref_of)


class Trusting(Toy):
    """Takes what the vendor sends for what it should be."""

    def text(self, row: Any, name: str) -> str:
        value: str = row[name]
        return value


class Floating(Toy):
    """Counts money in floats."""

    def record(self, row: Any, observed_at: datetime) -> OrderRecord:
        honest = super().record(row, observed_at)
        return replace(honest, subtotal=float(honest.subtotal.amount))


class Local(Toy):
    """Keeps the vendor's zone."""

    def moment(self, row: Any, name: str) -> datetime:
        return super().moment(row, name).astimezone(timezone(timedelta(hours=-3)))


class Tidy(Toy):
    """Drops leading zeros."""

    def record(self, row: Any, observed_at: datetime) -> OrderRecord:
        honest = super().record(row, observed_at)
        return replace(honest, ref=honest.ref.lstrip("0"))


class Misnaming(Toy):
    """Says that a silent vendor has failed."""

    async def get(self, path: str, params: dict[str, str], deadline: Deadline) -> Response:
        try:
            return await super().get(path, params, deadline)
        except DeadlineExceeded as error:
            raise UpstreamFault("no answer") from error


class Lingering(Toy):
    """Goes on with a call that nobody waits for any more."""

    async def get(self, path: str, params: dict[str, str], deadline: Deadline) -> Response:
        return await asyncio.shield(super().get(path, params, deadline))


class Impatient(Toy):
    """Waits a second, whatever the vendor asks for."""

    async def get(self, path: str, params: dict[str, str], deadline: Deadline) -> Response:
        try:
            return await super().get(path, params, deadline)
        except Throttled as error:
            raise Throttled(str(error), 1.0) from error


class Insistent(Toy):
    """Asks again and again."""

    async def get(self, path: str, params: dict[str, str], deadline: Deadline) -> Response:
        for _ in range(3):
            try:
                return await super().get(path, params, deadline)
            except Unreachable as error:
                last = error
        raise last


class Raw(Toy):
    """Lets the decoder's own error out."""

    def json(self, answer: Response) -> Any:
        json.loads(answer.body)
        return super().json(answer)


class Forgetful(Toy):
    """Keeps its place in memory instead of in the cursor."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        self.reached = 0

    def place(self, cursor: str | None) -> int:
        return super().place(cursor) and self.reached

    def following(self, answer: Response, after: int) -> int | None:
        self.reached = after + len(self.items(answer))
        return super().following(answer, after)


class Lenient(Toy):
    """Begins anew where it cannot read its cursor."""

    def place(self, cursor: str | None) -> int:
        try:
            return super().place(cursor)
        except CursorExpired:
            return 0


class Strict(Toy):
    """Asks only for what is later than the last read."""

    overlap = timedelta()
    told: ClassVar[dict[str, str]] = {"strict": "yes"}


class Keeping(Toy):
    """Does not say what is gone."""

    def gone(self, answer: Response) -> tuple[str, ...]:
        return ()


class Hoarding(Toy):
    """Walks what it has ever seen."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        self.hoard: dict[str, Mapped[OrderRecord]] = {}
        self.walked: set[str] = set()

    async def order_walk(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        page = await super().order_walk(cursor, deadline=deadline)
        mapped = {each.record.ref: each for each in page.items if isinstance(each, Mapped)}
        self.walked = set(mapped) | (self.walked if cursor else set())
        kept = [each for ref, each in self.hoard.items() if ref not in self.walked]
        self.hoard |= mapped
        return replace(page, items=(*page.items, *kept)) if page.is_last else page


class Satisfied(Toy):
    """Tells of an order once."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        self.seen: set[str] = set()

    async def order_changes(self, cursor: str | None, *, deadline: Deadline) -> Page[OrderRecord]:
        page = await super().order_changes(cursor, deadline=deadline)
        fresh = [each for each in page.items if _ref_of(each) not in self.seen]
        self.seen.update(map(_ref_of, fresh))
        return replace(page, items=tuple(fresh))


class Narrow(Toy):
    """Refuses a topic that it does not know."""

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        found = super().notices(delivery)
        if not found:
            raise UnknownValue("an unknown topic", "topic")
        return found


class Gullible(Toy):
    """Believes every push."""

    def verify(self, delivery: RawDelivery) -> str:
        return delivery.headers.get("x-signature", "")


class Jealous(Toy):
    """Takes no push that is older than one it has seen."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        self.latest = 0

    def notices(self, delivery: RawDelivery) -> tuple[Notice, ...]:
        serial = json.loads(delivery.body)["serial"]
        if serial < self.latest:
            return ()
        self.latest = serial
        return super().notices(delivery)


class Unobserved(Toy):
    """Calls the vendor past the session that it was lent."""

    def __init__(self, settings: ToySettings, context: ConnectContext) -> None:
        super().__init__(settings, context)
        headers = {"X-Key": settings.key.reveal()}
        limits, clock = context.limits, context.clock
        self.http = HttpSession(settings.endpoint, headers, limits, clock, throttled_seconds=30)


class Own:
    """A connector's own keeping of its token, and of the refresh token beside it."""

    def __init__(self, made: Renewing, context: ConnectContext) -> None:
        self.made = made
        self.store = context.credentials
        self.current: str | None = None
        self.keeping: list[asyncio.Future[None]] = []

    async def token(self, deadline: Deadline, refused: str | None = None) -> str:
        if self.current is None or self.current == refused:
            self.current = await self.renewed(deadline, refused)
        return self.current

    async def renewed(self, deadline: Deadline, refused: str | None) -> str:
        raise NotImplementedError

    def known(self, kept: Secret | None, refused: str | None) -> str | None:
        access = kept.reveal().split()[0] if kept else None
        return access if access != refused else None

    async def granted(self, kept: Secret | None, deadline: Deadline) -> tuple[str, Secret]:
        known = kept.reveal().split()[1] if kept else self.made.first.reveal()
        grant = await self.made.renew(known, deadline)
        return grant.access, Secret(f"{grant.access} {grant.refresh}")


class Selfish(Own):
    """Renews for each who asks."""

    async def renewed(self, deadline: Deadline, refused: str | None) -> str:
        async with self.store.hold() as held:
            kept = held.kept
        if known := self.known(kept, refused):
            return known
        access, pair = await self.granted(kept, deadline)
        async with self.store.hold() as held:
            await held.keep(pair)
        return access


class Rash(Own):
    """Renews once, and lets the next refresh token be kept meanwhile."""

    async def renewed(self, deadline: Deadline, refused: str | None) -> str:
        async with self.store.hold() as held:
            if known := self.known(held.kept, refused):
                return known
            access, pair = await self.granted(held.kept, deadline)
            self.keeping.append(asyncio.ensure_future(held.keep(pair)))
            return access


class Hasty(Renewing):
    """Has its token renewed for each who needs one."""

    def authorized_by(self, context: ConnectContext) -> Authorization:
        return Selfish(self, context)


class Careless(Renewing):
    """Calls with a token while the next one is being kept."""

    def authorized_by(self, context: ConnectContext) -> Authorization:
        return Rash(self, context)


def _ref_of(found: "Found[OrderRecord]") -> str:
    if isinstance(found, Mapped):
        return found.record.ref
    return (found.ref or "") if isinstance(found, Unmappable) else ""


def _deleting_by(way: Literal["walk"]) -> Manifest:
    orders = msgspec.structs.replace(MANIFEST.streams["orders"], deletes=way)
    return msgspec.structs.replace(MANIFEST, streams={"orders": orders})


K01 = ConnectorDefinition(MANIFEST, ToySettings, OtherNames)
K02 = ConnectorDefinition(MANIFEST, ToySettings, Talkative)
K03 = ConnectorDefinition(MANIFEST, ToySettings, Eager)
K04 = ConnectorDefinition(MANIFEST, ToySettings, Vague)
K05 = ConnectorDefinition(MANIFEST, ToySettings, Endless)
K06 = ConnectorDefinition(MANIFEST, ToySettings, Shuffled)
K07 = ConnectorDefinition(MANIFEST, ToySettings, Trusting)
K08 = ConnectorDefinition(MANIFEST, ToySettings, Floating)
K09 = ConnectorDefinition(MANIFEST, ToySettings, Local)
K10 = ConnectorDefinition(MANIFEST, ToySettings, Tidy)
K11 = ConnectorDefinition(MANIFEST, ToySettings, Misnaming)
K12 = ConnectorDefinition(MANIFEST, ToySettings, Lingering)
K13 = ConnectorDefinition(MANIFEST, ToySettings, Impatient)
K14 = ConnectorDefinition(MANIFEST, ToySettings, Insistent)
K15 = ConnectorDefinition(MANIFEST, ToySettings, Raw)
K16 = ConnectorDefinition(MANIFEST, ToySettings, Forgetful)
K17 = ConnectorDefinition(MANIFEST, ToySettings, Lenient)
K18 = ConnectorDefinition(MANIFEST, ToySettings, Strict)
K19 = ConnectorDefinition(MANIFEST, ToySettings, Keeping)
K19_WALK = ConnectorDefinition(_deleting_by("walk"), ToySettings, Hoarding)
K20 = ConnectorDefinition(MANIFEST, ToySettings, Satisfied)
K21 = ConnectorDefinition(MANIFEST, ToySettings, Gullible)
K22 = ConnectorDefinition(MANIFEST, ToySettings, Jealous)
K23 = ConnectorDefinition(MANIFEST, ToySettings, Narrow)
K25 = ConnectorDefinition(MANIFEST, ToySettings, Unobserved)
K26 = ConnectorDefinition(RENEWING_MANIFEST, RenewingSettings, Hasty)
K26_KEPT = ConnectorDefinition(RENEWING_MANIFEST, RenewingSettings, Careless)

BROKEN = {
    name: each for name, each in list(globals().items()) if isinstance(each, ConnectorDefinition)
}
# What else fails where a rule is broken in this way.
ENTAILED: dict[str, set[str]] = {"K19": {"K20"}}
