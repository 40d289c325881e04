"""What a vendor answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.connect.errors import UpstreamFault


@dataclass(frozen=True, slots=True)
class Response:
    """A vendor's answer; header names in lower case; `started_at` is the request's start."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    started_at: datetime

    @property
    def glimpse(self) -> str:
        """What an error may tell of the answer: nothing that the vendor wrote."""
        kind = self.headers.get("content-type", "no content type").split(";")[0]
        return f"HTTP {self.status}, {kind}, {len(self.body)} bytes"

    def json(self) -> Any:
        """Answer the decoded body; raises UpstreamFault when it is not JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise UpstreamFault(f"the answer is not JSON ({self.glimpse})") from error


# Answers for how long a vendor asks to be left alone, in seconds, where its 429 has no Retry-After.
Wait = Callable[[Response], float]
