"""A request that has arrived."""

from starlette.types import Receive, Scope

from gateway.web.heads import heads_of
from gateway.web.manners import manners_of
from gateway.web.observation import observation_of


class Arrival:
    """What is asked of a request: its method, its headers by name, and what is observed of it."""

    __slots__ = ("heads", "manners", "method", "observation", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.heads = heads_of(scope)
        self.manners = manners_of(self.heads)
        self.observation = observation_of(scope)
