"""A request that has arrived."""

from starlette.requests import Request
from starlette.types import Receive, Scope

from gateway.web.heads import heads_of
from gateway.web.observation import observation_of


class Arrival(Request):
    """As Starlette's, with its headers by name, and with what is observed of it."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        self.heads = heads_of(scope)
        self.observation = observation_of(scope)
