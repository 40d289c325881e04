"""A connector's own settings: strict, with secrets that never show."""

from typing import Any, TypeVar

import msgspec


class Secret:
    """A text that no log, error or repr shows; `reveal` is for the wire only."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Answer the text itself."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> Any:
        raise TypeError("a secret is not pickled")


class ConnectorSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of a connector's settings: endpoint, credentials, options. Unknown keys are refused."""


class SettingsInvalid(ValueError):
    """A setting is missing, unknown or of the wrong kind; values are never repeated."""


S = TypeVar("S", bound=ConnectorSettings)


def parse_settings(values: dict[str, Any], into: type[S]) -> S:
    """Read a source's options as its connector wants them; raises SettingsInvalid."""
    try:
        return msgspec.convert(values, into, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(str(error)) from None


LEAST_HUSHED_LENGTH = 8


def secrets_of(settings: ConnectorSettings) -> tuple[str, ...]:
    """Answer the texts of every secret, the longest first; what is too short to be one is not."""
    found: set[str] = set()
    left: list[Any] = [settings]
    while left:
        each = left.pop()
        if isinstance(each, Secret):
            found |= {each.reveal(), *each.reveal().split()}
        elif isinstance(each, msgspec.Struct):
            left += [getattr(each, name) for name in each.__struct_fields__]
        elif isinstance(each, dict | list | tuple):
            left += each.values() if isinstance(each, dict) else each
    told = (text for text in found if len(text) >= LEAST_HUSHED_LENGTH)
    return tuple(sorted(told, key=lambda text: (-len(text), text)))


def _decode(kind: type, value: Any) -> Any:
    if kind is not Secret:
        raise NotImplementedError(kind)
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("Expected a secret: a text that is not empty")
    return Secret(value)
