"""Asks ShipHero to push, one webhook per type."""

from collections.abc import Collection

from connectors.shiphero import queries, wire
from connectors.shiphero.client import ShipHeroClient
from connectors.shiphero.webhook import TYPES
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import Unsupported

# Webhooks are known by their type and this name; others' are left alone.
SHOP_NAME = "trama"


async def subscribe(
    client: ShipHeroClient, url: str, secrets: Collection[str], deadline: Deadline
) -> None:
    """Register what is missing; raises Unsupported when a push could not be proven.

    ShipHero chooses the secret and tells it once. A webhook whose secret is not in the settings is
    deleted again.
    """
    if not secrets:
        raise Unsupported("set hook_secret first: it is a push's only proof")
    registered = await _registered(client, deadline)
    for name in TYPES:
        if registered.get(name) == url:
            continue
        if name in registered:
            await _delete(client, name, deadline)
        if await _create(client, name, url, deadline) not in secrets:
            await _delete(client, name, deadline)
            raise Unsupported(
                f"ShipHero signs {name!r} with a secret that is not in hook_secret: register the "
                "webhooks by hand and add the secrets that webhook_create answers"
            )


async def _registered(client: ShipHeroClient, deadline: Deadline) -> dict[str, str | None]:
    data = await client.read(queries.WEBHOOKS, {}, deadline)
    listed = decode(data.part("webhooks"), wire.Listing).data
    webhooks = [decode(edge.node, wire.Webhook) for edge in listed.edges]
    return {each.name: each.url for each in webhooks if each.name and each.shop_name == SHOP_NAME}


async def _create(client: ShipHeroClient, name: str, url: str, deadline: Deadline) -> str | None:
    variables = {"data": {"name": name, "url": url, "shop_name": SHOP_NAME}}
    data = await client.write(queries.CREATE_WEBHOOK, variables, deadline)
    created = decode(data.part("webhook_create"), wire.CreatedWebhook)
    return created.webhook.shared_signature_secret


async def _delete(client: ShipHeroClient, name: str, deadline: Deadline) -> None:
    variables = {"data": {"name": name, "shop_name": SHOP_NAME}}
    await client.write(queries.DELETE_WEBHOOK, variables, deadline)
