"""What may go wrong with a source, by who must act.

SourceError
├── Transient            try again later
│   ├── Unreachable          no connection, or it broke
│   ├── DeadlineExceeded     the time given ran out
│   ├── Throttled            the vendor asks to slow down (retry_after, seconds)
│   └── UpstreamFault        5xx, an HTML page, a cut or oversize body
├── Terminal             do not try again
│   ├── NotFound
│   ├── Rejected             the vendor refused (remote_code)
│   ├── Conflict             the vendor has a newer version (current)
│   ├── CursorExpired        the cursor is too old: backfill
│   └── Unsupported
├── CredentialError      a person acts; the source pauses and resumes without a restart
│   ├── AuthenticationFailed
│   └── PermissionDenied     (scope)
├── ContractError        this record is quarantined, the rest goes on (path)
│   ├── MalformedPayload
│   └── UnknownValue
└── DeliveryRefused      a webhook that is not the vendor's: nothing is stored
"""


class SourceError(Exception):
    """Anything that goes wrong between the gateway and a source; the cause is kept."""

    retryable = False

    @property
    def code(self) -> str:
        """The error's name as the graph and the log show it, e.g. DEADLINE_EXCEEDED."""
        name = type(self).__name__
        return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(name)).upper()


class Transient(SourceError):
    """Try again later."""

    retryable = True


class Unreachable(Transient):
    """No connection to the source, or it broke off."""


class DeadlineExceeded(Transient):
    """The source did not answer in the time that was given."""


class Throttled(Transient):
    """The vendor asks to slow down."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class UpstreamFault(Transient):
    """The source answered with something that is no answer: 5xx, HTML, cut or oversize."""


class Terminal(SourceError):
    """Trying again changes nothing."""


class NotFound(Terminal):
    """The source does not have it."""


class Rejected(Terminal):
    """The source refused the request."""

    def __init__(self, message: str, remote_code: str | None = None) -> None:
        super().__init__(message)
        self.remote_code = remote_code


class Conflict(Terminal):
    """The source has a newer version."""

    def __init__(self, message: str, current: str | None = None) -> None:
        super().__init__(message)
        self.current = current


class CursorExpired(Terminal):
    """The cursor is older than what the source keeps: backfill."""


class Unsupported(Terminal):
    """The source cannot do this."""


class CredentialError(SourceError):
    """A person must act on the source's credentials."""


class AuthenticationFailed(CredentialError):
    """The credentials are not accepted."""


class PermissionDenied(CredentialError):
    """The credentials lack a permission, named as the vendor names it."""

    def __init__(self, message: str, scope: str | None = None) -> None:
        super().__init__(message)
        self.scope = scope


class ContractError(SourceError):
    """A record that does not keep the vendor's contract; `path` is where, e.g. `items[0].price`."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class MalformedPayload(ContractError):
    """A field is missing, null or of another type than the vendor documents."""


class UnknownValue(ContractError):
    """A word that the connector does not know, e.g. a new status."""


class DeliveryRefused(SourceError):
    """A webhook whose signature, secret or age is wrong."""
