"""Which media type a caller wants its answer in (RFC 9110 section 12.5.1)."""

from dataclasses import dataclass
from enum import Enum

from gateway.web.remembering import remembered


class MediaType(Enum):
    """The media types of answers, the one for `*/*` first."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"


class StreamType(Enum):
    """The media types in which a subscription's answers follow one another."""

    EVENTS = "text/event-stream"
    PARTS = "multipart/mixed"


@dataclass(frozen=True, slots=True)
class _Range:
    pattern: str
    parameters: frozenset[str]
    quality: float
    position: int

    def specificity(self, media: MediaType) -> int:
        return {media.value: 3, "application/*": 2, "*/*": 1}.get(self.pattern, 0)

    def names(self, media: StreamType) -> bool:
        """Answer whether a stream is meant; parts only where they are to be a subscription's."""
        is_ours = media is StreamType.EVENTS or "subscriptionspec=1.0" in self.parameters
        return self.pattern == media.value and is_ours and self.quality > 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a caller takes one answer, and how a subscription's; None where it does not."""

    one: MediaType | None
    stream: StreamType | None = None

    def __bool__(self) -> bool:
        return self.one is not None or self.stream is not None


def negotiate(accept: str | None) -> Wanted:
    """Answer what an `Accept` header asks for.

    Without the header, and for `*/*`, it is `application/json`; a stream is wanted only by its own
    name. Of two that are wanted alike the first listed wins.
    """
    return _wanted(accept or "")


@remembered
def _wanted(accept: str) -> Wanted:
    if not accept.strip():
        return Wanted(MediaType.JSON)
    ranges = [_range(i, text) for i, text in enumerate(accept.lower().split(","))]
    ranked = [(_rank(ranges, media), media) for media in MediaType]
    (quality, _, _), best = max(ranked, key=lambda pair: pair[0])
    return Wanted(best if quality > 0 else None, _stream(ranges))


def _stream(ranges: list[_Range]) -> StreamType | None:
    named = [
        (each.quality, -each.position, media)
        for each in ranges
        for media in StreamType
        if each.names(media)
    ]
    return max(named, key=lambda found: found[:2])[2] if named else None


def _rank(ranges: list[_Range], media: MediaType) -> tuple[float, int, int]:
    fitting = [r for r in ranges if r.specificity(media)]
    if not fitting:
        return (0.0, 0, 0)
    best = max(fitting, key=lambda r: (r.specificity(media), r.quality))
    return (best.quality, best.specificity(media), -best.position)


def _range(position: int, text: str) -> _Range:
    pattern, *parameters = (part.strip() for part in text.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    named = frozenset(parameter.replace('"', "") for parameter in parameters)
    return _Range(pattern, named, _quality(quality), position)


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
