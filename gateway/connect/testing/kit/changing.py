"""K18: a change is not lost for the moment at which it was made or shown."""

from datetime import timedelta

from gateway.connect.testing.kit.acting import keys_named, name_of, put
from gateway.connect.testing.kit.reading import DELTAS, MOST_ROWS, views
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import hold, rule
from gateway.connect.testing.kit.streams import begun, followed
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import World, world

_LATE = 90_000


@rule("K18", "equal timestamps across a page edge and late commits are not lost", *DELTAS)
async def equal_times(subject: Subject) -> None:
    manifest = subject.definition.manifest
    async with world(subject, a_retailer(3)) as made:
        for view in views(made):
            if view.changes is None:
                continue
            cursor = await begun(made.connector, view, lambda: made.soon)
            many = min(manifest.streams[view.name].page_size, MOST_ROWS) + 7
            wanted = await _change_many(made, view.name, many)
            seen, cursor = await followed(made.connector, view, lambda: made.soon, cursor)
            lost = wanted - set(seen)
            hold(not lost, f"{view.name}: {len(lost)} of {many} with one time are lost")
            late = await _change_late(made, view.name)
            seen, cursor = await followed(made.connector, view, lambda: made.soon, cursor)
            hold(late <= set(seen), f"{view.name}: what was committed late is lost")


async def _change_many(made: World, stream: str, many: int) -> set[str]:
    """Change many records in the same moment; answer what their stream calls them."""
    now = made.clock.now().replace(microsecond=0)
    for n in range(many):
        await put(made, stream, n, now)
    return await keys_named(made, stream, {name_of(stream, n) for n in range(many)})


async def _change_late(made: World, stream: str) -> set[str]:
    """Change one more record at once after a read: its time may lie before the read's."""
    now = made.clock.now().replace(microsecond=0) - timedelta(seconds=1)
    await put(made, stream, _LATE, now)
    return await keys_named(made, stream, {name_of(stream, _LATE)})
