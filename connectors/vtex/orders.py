"""Orders: read one by one, told by the feed, walked by windows of their creation time."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import Raw

from connectors.vtex import mapping, wire
from connectors.vtex.client import LIST_PAGE, LIST_PAGES, LOT, VtexClient
from connectors.vtex.cursors import FeedCursor, OrderCursor
from connectors.vtex.settings import VtexSettings
from gateway.connect.concurrency import concurrently
from gateway.connect.cursors import read_cursor, write_cursor
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import ContractError, CursorExpired, NotFound, UpstreamFault
from gateway.connect.protocols import Found
from gateway.connect.records import Mapped, Page, Unmappable
from gateway.model.order import OrderRecord
from gateway.model.time import Clock

Read = Mapped[OrderRecord] | Unmappable
Row = str | Unmappable

_KEPT = timedelta(days=731)
_AHEAD = timedelta(minutes=5)
_NARROWEST = timedelta(seconds=1)
_RETENTION_SECONDS = 1_209_600


class Orders:
    """The orders of one account."""

    def __init__(self, client: VtexClient, settings: VtexSettings, clock: Clock) -> None:
        self._client = client
        self._settings = settings
        self._clock = clock

    async def by_ref(self, refs: Sequence[str], deadline: Deadline) -> list[Found[OrderRecord]]:
        """Answer the orders in the asked order, None for one that VTEX does not show."""
        return await concurrently(self._order(ref, deadline) for ref in refs)

    async def changes(self, cursor: str | None, deadline: Deadline) -> Page[OrderRecord]:
        """Answer the next lot of the feed, each of its orders read once."""
        if cursor is None:
            await self._ensure_feed(deadline)
        else:
            read_cursor(cursor, FeedCursor)
        try:
            answer = await self._client.feed(deadline)
        except NotFound:
            await self._client.configure_feed(self._feed_config(), deadline)
            raise CursorExpired("VTEX had no feed for this key any more: backfill") from None
        lot = decode(answer.body, tuple[Raw, ...])
        return Page(
            items=await self._read_rows(lot, deadline),
            next_cursor=write_cursor(FeedCursor()),
            is_last=len(lot) < LOT,
            observed_at=answer.started_at,
            receipts=tuple(_receipts(lot)),
        )

    async def walk(self, cursor: str | None, deadline: Deadline) -> Page[OrderRecord]:
        """Answer one page of the list, its orders read one by one."""
        at = read_cursor(cursor, OrderCursor) if cursor is not None else self._start()
        started = self._clock.now()
        while True:
            answer = await self._client.orders(at.since, at.until, at.page, deadline)
            listed = decode(answer.body, wire.OrderList)
            if listed.paging.total <= LIST_PAGE * LIST_PAGES:
                break
            at = _narrower(at, listed.paging.total)
        if listed.paging.current_page != at.page:
            raise UpstreamFault(f"asked for page {at.page}, got {listed.paging.current_page}")
        expected = max(at.expected, listed.paging.total)
        following = _following(at, listed.paging, expected)
        return Page(
            items=await self._read_rows(listed.list, deadline),
            next_cursor=write_cursor(following) if following else None,
            is_last=following is None,
            observed_at=started,
            expected=expected,
        )

    async def _order(self, ref: str, deadline: Deadline) -> Found[OrderRecord]:
        try:
            answer = await self._client.order(ref, deadline)
        except NotFound:
            return None
        try:
            order = decode(answer.body, wire.Order)
            record = mapping.map_order(order, answer.started_at, self._settings.item_code)
        except ContractError as error:
            return Unmappable(ref, answer.body, error)
        return Mapped(record, answer.body)

    async def _read_rows(self, rows: Sequence[Raw], deadline: Deadline) -> tuple[Read, ...]:
        """Read each order that the rows name, once; what VTEX does not show is left out."""
        named = dict.fromkeys(_row(raw) for raw in rows)
        found = await self.by_ref([row for row in named if isinstance(row, str)], deadline)
        unread = [row for row in named if not isinstance(row, str)]
        return tuple(order for order in (*found, *unread) if order is not None)

    async def _ensure_feed(self, deadline: Deadline) -> None:
        wanted = self._feed_config()
        try:
            answer = await self._client.feed_config(deadline)
            config = decode(answer.body, wire.FeedConfig)
            same = config.queue.visibility_timeout_in_seconds == (
                wanted.queue.visibility_timeout_in_seconds
            )
            if same and config.filter == wanted.filter:
                return
        except (NotFound, ContractError):
            pass
        await self._client.configure_feed(wanted, deadline)

    def _feed_config(self) -> wire.FeedConfig:
        """Ask for every change of every order: by states alone a delivery would not be told."""
        return wire.FeedConfig(
            wire.FeedFilter("FromOrders", "$exists(orderId)", disable_single_fire=True),
            wire.FeedQueue(self._settings.feed_visibility_seconds, _RETENTION_SECONDS),
        )

    def _start(self) -> OrderCursor:
        now = self._clock.now()
        return OrderCursor(
            floor=now - _KEPT, since=now - _KEPT, until=now + _AHEAD, page=1, expected=0
        )


def _row(raw: Raw) -> Row:
    try:
        return decode(raw, wire.OrderRef).order_id
    except ContractError as error:
        return Unmappable(None, bytes(raw), error)


def _receipts(lot: Iterable[Raw]) -> Iterable[str]:
    for raw in lot:
        try:
            yield decode(raw, wire.FeedHandle).handle
        except ContractError:
            continue


def _narrower(at: OrderCursor, total: int) -> OrderCursor:
    """Answer the newer part of a window that VTEX would cut off."""
    width = at.until - at.since
    if width <= _NARROWEST:
        raise UpstreamFault(f"{total} orders in one second: VTEX lists at most 3,000")
    share = min(0.5, 0.8 * LIST_PAGE * LIST_PAGES / total)
    width = max(_NARROWEST, width * share)
    return _window(at, at.until, width, max(at.expected, total))


def _following(at: OrderCursor, paging: wire.Paging, expected: int) -> OrderCursor | None:
    """Answer the next page, or the next window: it ends where this one begins, both included."""
    if at.page < min(paging.pages, LIST_PAGES):
        return OrderCursor(at.floor, at.since, at.until, at.page + 1, expected)
    if at.since <= at.floor:
        return None
    sparse = paging.total < LIST_PAGE * LIST_PAGES // 3
    width = (at.until - at.since) * (2 if sparse else 1)
    return _window(at, at.since, width, expected)


def _window(at: OrderCursor, until: datetime, width: timedelta, expected: int) -> OrderCursor:
    since = max(at.floor, until - width)
    return OrderCursor(at.floor, since, until, 1, expected)
