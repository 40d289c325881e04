"""Links and parts customers as a person says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.federation.answers import CustomerAnswer, Row
from gateway.federation.customers import CustomerFederation
from gateway.federation.errors import CustomerTooLarge, UnknownCustomer
from gateway.model.linking import CAP
from gateway.model.principal import Principal
from gateway.model.time import Clock
from gateway.projection.customers.deciding import decide_apart, decide_one, load_apart
from gateway.projection.customers.linking import lock_links
from gateway.projection.customers.read import find_records, load_customers
from gateway.projection.database import transaction
from gateway.projection.idempotency import use_key
from gateway.projection.orders.reach import resolve_reach


class CustomerLinks:
    """What operators decide; both ways may be taken back by the other."""

    def __init__(self, pool: Any, customers: CustomerFederation, clock: Clock) -> None:
        self._pool = pool
        self._customers = customers
        self._clock = clock

    async def link(self, ids: Sequence[UUID], key: str, principal: Principal) -> CustomerAnswer:
        """Make one customer of several; answer it.

        raises: UnknownCustomer, CustomerTooLarge, IdempotencyKeyReused.
        """
        now = self._clock.now()
        wanted = sorted(set(ids))
        async with transaction(self._pool) as connection:
            await lock_links(connection)
            is_new = await use_key(
                connection, principal=principal.id, mutation="linkCustomers", key=key,
                request=repr(wanted), now=now,
            )  # fmt: skip
            if is_new:
                groups = await self._records(connection, wanted, principal)
                if len({row["id"] for group in groups for row in group}) > CAP:
                    raise CustomerTooLarge(f"a customer has at most {CAP} records")
                told = [[row["id"] for row in group] for group in groups]
                await decide_one(connection, told, principal.id, now)
        (found,) = await self._customers.by_id(wanted[:1], principal)
        if found is None:
            raise UnknownCustomer("there is no such customer")
        return found

    async def part(
        self,
        customer: UUID,
        refs: Sequence[tuple[str, str]],
        key: str,
        principal: Principal,
    ) -> list[CustomerAnswer]:
        """Take records, by source and ref, out of a customer; answer all customers that it became.

        raises: UnknownCustomer, IdempotencyKeyReused.
        """
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            await lock_links(connection)
            (rows,) = await self._records(connection, [customer], principal)
            is_new = await use_key(
                connection, principal=principal.id, mutation="unlinkCustomers", key=key,
                request=repr((customer, sorted(refs))), now=now,
            )  # fmt: skip
            if is_new:
                named = {(row["source_id"], row["ref"]): row["id"] for row in rows}
                if not refs or any(ref not in named for ref in refs):
                    raise UnknownCustomer("the customer has no such record")
                taken = [named[ref] for ref in dict.fromkeys(refs)]
                others = [row["id"] for row in rows if row["id"] not in taken]
                if not others:
                    raise UnknownCustomer("name fewer records: one has to stay")
                await decide_apart(connection, taken, others, principal.id, now)
            else:
                taken = await find_records(connection, refs, [])
                others = await load_apart(connection, taken)
        answers = await self._customers.by_id([*taken, *others], principal)
        return list({each.id: each for each in answers if each is not None}.values())

    async def _records(
        self, connection: Any, ids: Sequence[UUID], principal: Principal
    ) -> list[list[Row]]:
        """Answer each customer's records; raises UnknownCustomer when one is beyond reach."""
        reach = await resolve_reach(connection, principal.reach)
        found = await load_customers(connection, ids, reach.records)
        if any(each not in found for each in ids):
            raise UnknownCustomer("there is no such customer")
        return [list(found[each]) for each in ids]
