"""Parts of one response, as Apollo's clients read them.

https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
(read 2026-11-25). A part is taken for whole once the boundary after it is there, so each is written
with it.
"""

from gateway.web.parts import Told
from gateway.web.streams.framing import Framing


def _part(body: bytes) -> bytes:
    return b"\r\nContent-Type: application/json\r\n\r\n%s\r\n--graphql" % body


def _answer(answer: Told) -> bytes:
    return _part(b'{"payload":%s}' % answer.body)


def _fault(body: bytes) -> bytes:
    return _part(b'{"payload":null,%s' % body.removeprefix(b"{"))


PARTS = Framing(
    'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    opening=b"\r\n--graphql",
    heartbeat=_part(b"{}"),
    answer=_answer,
    fault=_fault,
    ending=b"--\r\n",
)
