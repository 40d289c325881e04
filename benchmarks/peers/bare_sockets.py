"""A bare Starlette socket: it takes a subscriber as graphql-transport-ws does, and stays idle."""

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from benchmarks.peers.serving import serve

ACK = '{"type":"connection_ack"}'
FIRST = '{"id":"1","type":"next","payload":{"data":{"orderEvents":{"cursor":"0","node":null}}}}'


async def _take(socket: WebSocket) -> None:
    await socket.accept(subprotocol="graphql-transport-ws")
    try:
        await socket.receive_text()
        await socket.send_text(ACK)
        await socket.receive_text()
        await socket.send_text(FIRST)
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        return


if __name__ == "__main__":
    serve(Starlette(routes=[WebSocketRoute("/graphql", _take)]))
