"""How partners' endpoints are delivered to, and where they may be."""

from pydantic import Field, SecretStr, field_validator

from gateway.settings.shape import Network, Section

RETRIES = (10, 60, 300, 1_800, 7_200, 18_000, 36_000, 72_000, 122_400)


class WebhooksSettings(Section):
    """[webhooks]: events sent to partners' endpoints."""

    allowed_networks: tuple[Network, ...] = Field(
        default=(),
        description="Networks whose addresses endpoints may have though they are private, and with "
        "any port; else only public addresses are connected to.",
    )
    allow_http: bool = Field(
        default=False, description="Endpoints in `allowed_networks` may do without TLS."
    )
    ports: tuple[int, ...] = Field(
        default=(443, 8443), description="Ports of endpoints elsewhere; empty for any."
    )
    max_endpoints: int = Field(default=20, ge=1, description="Endpoints that one key may have.")
    timeout_seconds: float = Field(
        default=15, gt=0, le=60, description="Time that an endpoint has to answer."
    )
    concurrency: int = Field(
        default=8, ge=1, description="Deliveries under way to one endpoint, each of another order."
    )
    retry_seconds: tuple[float, ...] = Field(
        default=RETRIES,
        description="Waits between the attempts of a delivery, 3 days in all; after the last one "
        "it is dead.",
    )
    pause_after_failing_seconds: float = Field(
        default=432_000,
        gt=0,
        description="An endpoint that has taken nothing for this long is paused.",
    )
    pause_after_dead: int = Field(
        default=100, ge=1, description="So is one where so many deliveries died in a row."
    )
    secret_overlap_seconds: float = Field(
        default=86_400, ge=0, description="A rotated secret is signed with for this long."
    )
    keep_finished_seconds: float = Field(
        default=2_592_000, gt=0, description="How long a delivery that is over can be looked at."
    )
    sweep_seconds: float = Field(
        default=15, gt=0, description="What no job has woken is looked for this often."
    )
    sealing_key: SecretStr | None = Field(
        default=None,
        description="Seals the endpoints' secrets in the database (secret, by reference); without "
        "it they stand there as they are. At least 32 characters.",
    )

    @field_validator("sealing_key")
    @classmethod
    def _is_long(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key.get_secret_value()) < 32:
            raise ValueError("the key is too short; use a random one of 32 characters or more")
        return key

    @field_validator("retry_seconds")
    @classmethod
    def _are_waits(cls, waits: tuple[float, ...]) -> tuple[float, ...]:
        if not 1 <= len(waits) <= 30 or any(wait <= 0 for wait in waits):
            raise ValueError("write 1 to 30 waits, each above 0 seconds")
        return waits

    @field_validator("ports")
    @classmethod
    def _are_ports(cls, ports: tuple[int, ...]) -> tuple[int, ...]:
        if any(not 1 <= port <= 65_535 for port in ports):
            raise ValueError("a port is 1 to 65535")
        return ports
