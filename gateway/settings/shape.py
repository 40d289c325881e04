"""What every section shares: strict, frozen, without values in errors; and the texts' forms."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
)


class Section(BaseModel):
    """A table of the configuration: a key that is not known is a fault."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, hide_input_in_errors=True
    )


def _origin(text: str) -> str:
    parts = _split(text)
    if f"{parts.scheme}://{parts.netloc}" != text or "*" in text or "@" in text:
        raise ValueError("write an origin such as https://shop.example.com: no path, no wildcard")
    return text.lower()


def _url(text: str) -> str:
    parts = _split(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("write an absolute address such as https://trama.example.com")
    return text.rstrip("/")


def _confidential_url(text: str) -> str:
    parts = _split(_url(text))
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("use https; http is for loopback only")
    return text


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("write an address such as https://shop.example.com") from None
    return parts


def is_loopback(host: str) -> bool:
    """Answer whether a host is this machine alone."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _placed(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    return (Path(folder) / path.expanduser()).resolve()


def _existing(path: Path, info: ValidationInfo) -> Path:
    placed = _placed(path, info)
    if not placed.is_file():
        raise ValueError("no such file; the path is relative to trama.toml")
    return placed


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(value), strict=False)
    except ValueError:
        raise ValueError("write a network such as 10.0.0.0/8 or an address") from None


Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Origin = Annotated[str, AfterValidator(_origin)]
Url = Annotated[str, AfterValidator(_url)]
ConfidentialUrl = Annotated[str, AfterValidator(_confidential_url)]
PlacedPath = Annotated[Path, AfterValidator(_placed)]
ExistingFile = Annotated[Path, AfterValidator(_existing)]
SourceId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
