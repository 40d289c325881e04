"""Server-sent events, as `graphql-sse` reads them in distinct connections mode.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md and
https://html.spec.whatwg.org/multipage/server-sent-events.html (both read 2026-11-25).
"""

from gateway.web.parts import Told
from gateway.web.streams.framing import Framing

RETRY_MILLISECONDS = 2000


def _next(answer: Told) -> bytes:
    """Answer an event; its id is what the browser sends back as `Last-Event-ID`."""
    place = b"" if answer.cursor is None else b"id: %s\n" % answer.cursor.encode()
    return b"event: next\n%sdata: %s\n\n" % (place, answer.body)


def _fault(body: bytes) -> bytes:
    return b"event: next\ndata: %s\n\n" % body


# The empty `data` is what makes a browser's EventSource tell its listeners of the event.
EVENTS = Framing(
    "text/event-stream; charset=utf-8",
    opening=b"retry: %d\n\n" % RETRY_MILLISECONDS,
    heartbeat=b":\n\n",
    answer=_next,
    fault=_fault,
    ending=b"event: complete\ndata:\n\n",
)
