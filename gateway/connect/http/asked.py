"""A request as a connector asks for it, whatever it takes until it is answered."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson
from yarl import URL

from gateway.connect.errors import AuthenticationFailed, SourceError, Unreachable


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, without its token; `denied` and `answers` as `HttpSession.request` has them."""

    operation: str
    method: str
    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes | None = field(repr=False)
    scope: str | None
    denied: Collection[int]
    answers: Collection[int]


class Chances:
    """What may be tried once more, each once: a connection that broke, a token that is refused."""

    def __init__(self, *, is_repeatable: bool) -> None:
        self._may_repeat = is_repeatable
        self.refused: str | None = None

    def has_one(self, error: SourceError, token: str | None) -> bool:
        """Use up the chance that an error leaves; answer whether there was one."""
        if isinstance(error, Unreachable) and self._may_repeat:
            self._may_repeat = False
            return True
        if isinstance(error, AuthenticationFailed) and token and self.refused is None:
            self.refused = token
            return True
        return False


def address(base: str, path: str, params: Mapping[str, str] | None) -> URL:
    """Answer where a request goes; a path without parameters is taken as it is."""
    url = URL(base + path, encoded=params is None)
    return url.with_query(dict(params)) if params else url


def body_of(json: Any, form: Mapping[str, str] | None) -> tuple[bytes | None, Mapping[str, str]]:
    """Answer a request's body and the header that says what it is."""
    if form is not None:
        return urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}
    if json is None:
        return None, {}
    return orjson.dumps(json), {"Content-Type": "application/json"}
