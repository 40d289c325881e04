"""Where there is no collector, spans have ids all the same."""

import asyncio

from gateway.telemetry.spans import remote_parent
from gateway.telemetry.unsent import Ids, UnsentSpan, unsent_ids

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
NEW = remote_parent(None)


def ids() -> Ids:
    told = unsent_ids()
    assert told is not None
    return told


def test_a_span_is_of_the_trace_at_hand_and_has_an_id_of_its_own() -> None:
    with UnsentSpan(NEW):
        first = ids()
        with UnsentSpan(None):
            second = ids()
        with UnsentSpan(NEW):
            other = ids()
        assert ids() == first
    assert second[0] == first[0] != other[0]
    assert len({each[1] for each in (first, second, other)}) == 3
    assert {(len(trace), len(span)) for trace, span in (first, second, other)} == {(32, 16)}


def test_without_a_span_there_are_no_ids() -> None:
    with UnsentSpan(NEW):
        pass
    assert unsent_ids() is None


def test_a_proxys_trace_goes_on() -> None:
    with UnsentSpan(remote_parent(f"00-{TRACE_ID}-b7ad6b7169203331-01")):
        assert ids()[0] == TRACE_ID
    with UnsentSpan(remote_parent("not-a-traceparent")):
        assert ids()[0] != TRACE_ID


def test_nothing_is_recorded() -> None:
    with UnsentSpan(NEW) as made:
        assert not made.is_recording()


async def test_tasks_of_one_request_share_its_trace_and_no_other() -> None:
    async def part() -> Ids:
        with UnsentSpan(None):
            await asyncio.sleep(0)
            return ids()

    async def request() -> tuple[Ids, list[Ids]]:
        with UnsentSpan(NEW):
            return ids(), list(await asyncio.gather(part(), part()))

    told = await asyncio.gather(request(), request())
    assert all(each[0] == whole[0] for whole, parts in told for each in parts)
    assert len({whole[0] for whole, _ in told}) == 2
