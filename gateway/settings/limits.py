"""What a caller may ask for: the shape of a request, how often, how much, and how long."""

from typing import Literal

from pydantic import Field, model_validator

from gateway.settings.shape import ExistingFile, Section

CallerKind = Literal["storefront", "customer", "partner", "operator"]
_RATE = "Requests a second in the long run, 0 for no limit; counted per "
_BURST = "Requests that may come at once."
_CONCURRENCY = "Requests under way at a time."
_COST = "Price that one operation may have; [cost.md](cost.md) says how it is made."
_DEADLINE = "Time that an operation has, in seconds."
_CALLS = "Calls that one operation may cause at one source."
_CONNECTIONS = "Sockets and event streams open at a time; counted as requests are."
_SUBSCRIPTIONS = "Subscriptions open at a time, on all of them."
_PERSON, _KEY, _SHARED = "customer.", "key.", "key and client address: shoppers share the key."


class DocumentLimits(Section):
    """[limits.document]: the shape of a GraphQL document, fragments expanded."""

    max_characters: int = Field(default=16_384, ge=1, description="Length of the text.")
    max_tokens: int = Field(
        default=1_000, ge=1, description="Words, numbers, texts and marks; and comments."
    )
    max_depth: int = Field(default=15, ge=1, description="Fields within fields.")
    max_selections: int = Field(
        default=1_000, ge=1, description="Fields and fragments in all, each as often as it is used."
    )
    max_root_fields: int = Field(
        default=20, ge=1, description="Fields at the root of an operation."
    )
    max_aliases: int = Field(default=30, ge=0, description="Fields under another name.")
    max_directives: int = Field(default=30, ge=0, description="Directives.")
    max_overlaps: int = Field(
        default=2_000,
        ge=0,
        description="Pairs of fields of one name in one place, and pairs of fragments there: each "
        "is compared.",
    )


class VariableLimits(Section):
    """[limits.variables]: the shape of the JSON beside a document."""

    max_depth: int = Field(default=32, ge=1, le=200, description="Lists and maps within others.")
    max_list_items: int = Field(default=1_000, ge=1, description="Entries of one list.")


class AddressLimits(Section):
    """[limits.address]: all that comes from one client address, whatever its credential."""

    requests_per_second: float = Field(
        default=200, ge=0, description="Requests a second in the long run, 0 for no limit."
    )
    burst: int = Field(default=1_000, ge=1, description=_BURST)


class LiveLimits(Section):
    """[limits.live]: what stays open in one process, of all callers, and how it behaves."""

    max_connections: int = Field(
        default=10_000, ge=0, description="Sockets and event streams open at a time."
    )
    max_subscriptions: int = Field(
        default=20_000, ge=0, description="Subscriptions open at a time."
    )
    messages_per_second: float = Field(
        default=20,
        ge=0,
        description="Messages a second on one socket in the long run, 0 for no limit.",
    )
    message_burst: int = Field(default=100, ge=1, description="Messages that may come at once.")
    init_seconds: float = Field(
        default=10, gt=0, description="Time a socket has to say who it is (`connection_init`)."
    )
    stalled_seconds: float = Field(
        default=60,
        gt=0,
        description="Time after which a reader that takes nothing, or answers no ping, is cut off.",
    )
    ping_seconds: float = Field(
        default=30,
        gt=0,
        description="A socket's peer is asked this often whether it is there; a stream is given a "
        "sign of life as often.",
    )


class CallerLimits(Section):
    """What holds for one kind of caller."""

    requests_per_second: float = Field(default=100, ge=0, description=_RATE + _KEY)
    burst: int = Field(default=500, ge=1, description=_BURST)
    concurrency: int = Field(default=50, ge=1, description=_CONCURRENCY)
    max_cost: int = Field(default=20_000, ge=1, description=_COST)
    deadline_seconds: float = Field(default=30, gt=0, description=_DEADLINE)
    calls_per_source: int = Field(default=200, ge=0, description=_CALLS)
    connections: int = Field(default=100, ge=0, description=_CONNECTIONS)
    subscriptions: int = Field(default=500, ge=0, description=_SUBSCRIPTIONS)


class _Storefront(CallerLimits):
    requests_per_second: float = Field(default=20, ge=0, description=_RATE + _SHARED)
    burst: int = Field(default=200, ge=1, description=_BURST)
    concurrency: int = Field(default=20, ge=1, description=_CONCURRENCY)
    max_cost: int = Field(default=1_000, ge=1, description=_COST)
    deadline_seconds: float = Field(default=10, gt=0, description=_DEADLINE)
    calls_per_source: int = Field(default=50, ge=0, description=_CALLS)
    connections: int = Field(default=50, ge=0, description=_CONNECTIONS)
    subscriptions: int = Field(default=100, ge=0, description=_SUBSCRIPTIONS)


class _Customer(CallerLimits):
    requests_per_second: float = Field(default=10, ge=0, description=_RATE + _PERSON)
    burst: int = Field(default=200, ge=1, description=_BURST)
    concurrency: int = Field(default=10, ge=1, description=_CONCURRENCY)
    max_cost: int = Field(default=2_000, ge=1, description=_COST)
    deadline_seconds: float = Field(default=10, gt=0, description=_DEADLINE)
    calls_per_source: int = Field(default=50, ge=0, description=_CALLS)
    connections: int = Field(default=10, ge=0, description=_CONNECTIONS)
    subscriptions: int = Field(default=20, ge=0, description=_SUBSCRIPTIONS)


class _Partner(CallerLimits):
    max_cost: int = Field(default=10_000, ge=1, description=_COST)
    calls_per_source: int = Field(default=100, ge=0, description=_CALLS)


class LimitsSettings(Section):
    """[limits]"""

    document: DocumentLimits = DocumentLimits()
    variables: VariableLimits = VariableLimits()
    address: AddressLimits = AddressLimits()
    live: LiveLimits = LiveLimits()
    storefront: _Storefront = _Storefront()
    customer: _Customer = _Customer()
    partner: _Partner = _Partner()
    operator: CallerLimits = CallerLimits()
    router: CallerLimits = CallerLimits()

    def of(self, kind: str) -> CallerLimits:
        """Answer what holds for a kind of caller, by its name in lower case."""
        found: CallerLimits = getattr(self, kind)
        return found


class DocumentSettings(Section):
    """[documents]: documents that are known beforehand, and who may send no others."""

    manifest_file: ExistingFile | None = Field(
        default=None,
        description="Trusted documents by SHA-256: JSON as Apollo's or Relay's compiler writes it.",
    )
    required_for: tuple[CallerKind, ...] = Field(
        default=(), description="Kinds of caller that may send trusted documents only."
    )
    max_age_seconds: int = Field(
        default=30,
        ge=0,
        description="How long a storefront's answer to a trusted document that was asked by GET "
        "may be kept, where it is the same for everybody with the key.",
    )

    @model_validator(mode="after")
    def _has_a_manifest(self) -> "DocumentSettings":
        if self.required_for and self.manifest_file is None:
            raise ValueError("trusted documents are required; give manifest_file")
        return self
