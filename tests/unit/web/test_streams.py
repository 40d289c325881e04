"""How answers are framed, and which way of streaming a caller asks for."""

import pytest

from gateway.web.negotiation import MediaType, StreamType, Wanted, negotiate
from gateway.web.parts import LiveAnswer
from gateway.web.refusals import error_body
from gateway.web.streams.events import EVENTS
from gateway.web.streams.multipart import PARTS

JSON, GRAPHQL = MediaType.JSON, MediaType.GRAPHQL
APOLLO = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json"
URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, Wanted(JSON)),
        ("*/*", Wanted(JSON)),
        ("text/*", Wanted(None)),
        ("text/event-stream", Wanted(None, StreamType.EVENTS)),
        ("Text/Event-Stream; charset=utf-8", Wanted(None, StreamType.EVENTS)),
        ("text/event-stream;q=0", Wanted(None)),
        ("text/event-stream, application/json", Wanted(JSON, StreamType.EVENTS)),
        (URQL, Wanted(GRAPHQL, StreamType.EVENTS)),
        (APOLLO, Wanted(JSON, StreamType.PARTS)),
        ('multipart/mixed; subscriptionSpec="1.0"', Wanted(None, StreamType.PARTS)),
        ("multipart/mixed;deferSpec=20220824,application/json", Wanted(JSON)),
        ("multipart/mixed;subscriptionSpec=2.0", Wanted(None)),
        ("multipart/mixed;subscriptionSpec=1.0;q=0.5,text/event-stream;q=0.4",
         Wanted(None, StreamType.PARTS)),
        ("multipart/mixed;subscriptionSpec=1.0,text/event-stream", Wanted(None, StreamType.PARTS)),
    ],
)  # fmt: skip
def test_a_stream_is_wanted_by_its_name_alone(accept: str | None, wanted: Wanted) -> None:
    assert negotiate(accept) == wanted


def test_an_answer_is_an_event_whose_id_is_its_cursor() -> None:
    assert EVENTS.answer(LiveAnswer(b'{"data":1}', "AbC-_")) == (
        b'event: next\nid: AbC-_\ndata: {"data":1}\n\n'
    )
    assert EVENTS.answer(LiveAnswer(b'{"data":1}')) == b'event: next\ndata: {"data":1}\n\n'
    assert EVENTS.ending == b"event: complete\ndata:\n\n"


def test_an_answer_is_a_part_with_its_boundary_behind_it() -> None:
    written = b"".join(
        (
            PARTS.opening,
            PARTS.answer(LiveAnswer(b'{"data":1}', "c")),
            PARTS.heartbeat,
            PARTS.fault(error_body("over", code="X")),
            PARTS.ending,
        )
    )
    head = b"Content-Type: application/json"
    assert written.split(b"\r\n") == [
        *(b"", b"--graphql", head, b"", b'{"payload":{"data":1}}'),
        *(b"--graphql", head, b"", b"{}"),
        *(b"--graphql", head, b""),
        b'{"payload":null,"errors":[{"message":"over","extensions":{"code":"X"}}]}',
        *(b"--graphql--", b""),
    ]
