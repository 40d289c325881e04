"""One intent, one effect: a key that was used for one request is not used for another."""

from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.projection.database import Connection


class IdempotencyKeyReused(ValueError):
    """The key was used for another request."""


async def use_key(
    connection: "Connection",
    *,
    principal: str,
    mutation: str,
    key: str,
    request: str,
    now: datetime,
) -> bool:
    """Note a key in the deciding transaction; answer whether it is used for the first time.

    Whoever uses it at the same time waits for this transaction. Raises IdempotencyKeyReused.
    """
    digest = sha256(request.encode()).digest()
    is_new = await connection.fetchval(
        """INSERT INTO idempotency_key (principal, mutation, key, request_hash, used_at)
           VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING true""",
        principal, mutation, key, digest, now,
    )  # fmt: skip
    if is_new:
        return True
    known = await connection.fetchval(
        """SELECT request_hash FROM idempotency_key
           WHERE principal = $1 AND mutation = $2 AND key = $3""",
        principal, mutation, key,
    )  # fmt: skip
    if known != digest:
        raise IdempotencyKeyReused(
            "this idempotency key was used for another request: choose a new one"
        )
    return False
