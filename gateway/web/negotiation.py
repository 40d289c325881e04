"""Which media type a caller wants its answer in (RFC 9110 section 12.5.1)."""

from dataclasses import dataclass
from enum import Enum


class MediaType(Enum):
    """The media types of answers, the one for `*/*` first."""

    JSON = "application/json"
    GRAPHQL = "application/graphql-response+json"


@dataclass(frozen=True, slots=True)
class _Range:
    pattern: str
    quality: float
    position: int

    def specificity(self, media: MediaType) -> int:
        return {media.value: 3, "application/*": 2, "*/*": 1}.get(self.pattern, 0)


def negotiate(accept: str | None) -> MediaType | None:
    """Answer the media type for an `Accept` header; None where nothing of ours is acceptable.

    Without the header, and for `*/*`, it is `application/json`. Of two that are wanted alike the
    first listed wins.
    """
    if accept is None or not accept.strip():
        return MediaType.JSON
    ranges = [_range(i, text) for i, text in enumerate(accept.lower().split(","))]
    ranked = [(_rank(ranges, media), media) for media in MediaType]
    (quality, _, _), best = max(ranked, key=lambda pair: pair[0])
    return best if quality > 0 else None


def _rank(ranges: list[_Range], media: MediaType) -> tuple[float, int, int]:
    fitting = [r for r in ranges if r.specificity(media)]
    if not fitting:
        return (0.0, 0, 0)
    best = max(fitting, key=lambda r: (r.specificity(media), r.quality))
    return (best.quality, best.specificity(media), -best.position)


def _range(position: int, text: str) -> _Range:
    pattern, *parameters = (part.strip() for part in text.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    return _Range(pattern, _quality(quality), position)


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0
