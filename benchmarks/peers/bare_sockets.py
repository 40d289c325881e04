"""A bare Starlette socket: it takes a subscriber as graphql-transport-ws does, and stays idle.

Numbers that are posted to it, each with a credential, are told to the sockets that have this
credential; nothing is read or decided on the way: what the same messages cost at least.
"""

from collections import defaultdict

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.peers.serving import serve

ACK = '{"type":"connection_ack"}'
FIRST = '{"id":"1","type":"next","payload":{"data":{"orderEvents":{"cursor":"0","node":null}}}}'
# As long as what Trama tells of an event.
EVENT = (
    '{"id":"1","type":"next","payload":{"data":{"orderEvents":{"cursor":"' + "c" * 34 + '",'
    '"node":{"id":"' + "i" * 20 + '","type":"UPDATED","orderId":"' + "o" * 56 + '","version":%d,'
    '"changedFields":["status"],"occurredAt":"2026-11-25T00:00:00.000000Z"}}},'
    '"extensions":{"now":"2026-11-25T00:00:00.000000Z"}}}'
)
_OPEN: dict[str, list[WebSocket]] = defaultdict(list)


async def _take(socket: WebSocket) -> None:
    await socket.accept(subprotocol="graphql-transport-ws")
    try:
        await socket.receive_text()
        await socket.send_text(ACK)
        await socket.receive_text()
        await socket.send_text(FIRST)
        _OPEN[socket.headers["Authorization"]].append(socket)
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return


async def _tell(request: Request) -> Response:
    for credential, number in await request.json():
        text = EVENT % number
        for socket in _OPEN[credential]:
            await socket.send_text(text)
    return Response(status_code=204)


if __name__ == "__main__":
    serve(
        Starlette(
            routes=[
                WebSocketRoute("/graphql", _take),
                Route("/graphql", _tell, methods=["POST"]),
            ]
        )
    )
