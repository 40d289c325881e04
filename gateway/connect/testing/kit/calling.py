"""The ways in which a connector speaks to its vendor: it reads, it tells."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import msgspec

from gateway.connect.deadline import Deadline
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.reading import views
from gateway.connect.testing.kit.rules import hold
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.telling import is_told, telling
from gateway.connect.testing.kit.world import World

READING, TELLING = "a walk", "telling stock"


@dataclass(frozen=True)
class Way:
    """One call to the vendor by a connector, and the operation that its faults are aimed at."""

    name: str
    operation: str
    call: Callable[[Any, Deadline], Awaitable[Any]]

    def aimed(self, fault: Fault) -> Fault:
        """Answer the fault for this way alone; one that has its own operation keeps it."""
        is_any = fault.operation == "*"
        return msgspec.structs.replace(fault, operation=self.operation) if is_any else fault

    async def error(self, connector: Any, deadline: Deadline) -> Exception | None:
        """Answer how the call fails."""
        try:
            await self.call(connector, deadline)
        except Exception as error:  # noqa: BLE001
            return error
        return None


def way_names(subject: Subject) -> list[str]:
    """Answer the names of the ways that a connector has."""
    reads = [READING] if subject.definition.manifest.streams else []
    return [*reads, TELLING] if is_told(subject) else reads


async def way_of(made: World, name: str) -> Way:
    """Answer the way of that name: the first stream's walk, or telling a SKU's stock anew."""
    return await _telling(made) if name == TELLING else _reading(made)


async def ways(made: World) -> list[Way]:
    """Answer every way that the world's connector has."""
    return [await way_of(made, name) for name in way_names(made.subject)]


def _reading(made: World) -> Way:
    async def walk(connector: Any, deadline: Deadline) -> None:
        await views(made, connector)[0].walk(None, deadline)

    return Way(READING, "*", walk)


async def _telling(made: World) -> Way:
    at = await telling(made)
    quantities = count(500)

    async def tell(connector: Any, deadline: Deadline) -> None:
        await at.tell([at.level("SKU-00000", next(quantities))], connector, deadline)

    hold(made.subject.writes, "Subject.writes does not name what tells the vendor something")
    return Way(TELLING, made.subject.writes[0], tell)
