"""Order events as subscribers are told them: in order, within reach, resumable, made once."""

from .stage import Stage, an_order

FOLLOW = """subscription($after: EventCursor) { orderEvents(after: $after) {
    cursor node { id type orderId version changedFields occurredAt recordedAt
        order { number } } } }"""


async def test_what_becomes_of_an_order_is_told_in_order_after_a_checkpoint(stage: Stage) -> None:
    async with stage.following(FOLLOW) as told:
        first = await anext(told)
        assert first.edge == {"cursor": first.cursor, "node": None}
        await stage.put("orders", an_order("1"))
        second = await anext(told)
        print(second)
