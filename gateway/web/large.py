"""An answer that is sent in pieces, as fast as its reader takes them."""

from collections import deque
from collections.abc import Iterable, Mapping

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.web.negotiation import MediaType


class LargeResponse(Response):
    """Its length is known; what was sent is kept no longer."""

    def __init__(self, pieces: Iterable[bytes], status: int, headers: Mapping[str, str]) -> None:
        self._pieces = deque(pieces)
        length = str(sum(map(len, self._pieces)))
        super().__init__(None, status, {**headers, "Content-Length": length})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        while self._pieces:
            body = self._pieces.popleft()
            more = bool(self._pieces)
            await send({"type": "http.response.body", "body": body, "more_body": more})


def large_response(
    pieces: Iterable[bytes], status: int, media: MediaType, headers: Mapping[str, str]
) -> LargeResponse:
    """Answer JSON that is there in pieces, in a media type."""
    told = {**headers, "Content-Type": f"{media.value}; charset=utf-8"}
    return LargeResponse(pieces, status, told)
