"""The root fields that act."""

from typing import Annotated

import strawberry

from gateway.federation.errors import UnknownStream
from gateway.graph.context import Info
from gateway.graph.customer_mutations import (
    LinkCustomersPayload,
    UnlinkCustomersPayload,
    link_customers,
    unlink_customers,
)
from gateway.graph.inputs import storable
from gateway.graph.quarantine import (
    MapItemPayload,
    ReplayQuarantinedPayload,
    map_item,
    replay_quarantined,
)
from gateway.graph.refusing import IdempotencyKeyReused, UnknownSourceStream
from gateway.graph.sync_runs import SyncRun
from gateway.graph.webhook_mutations import (
    create_webhook_endpoint,
    delete_webhook_endpoint,
    pause_webhook_endpoint,
    redeliver_webhook,
    resume_webhook_endpoint,
    rotate_webhook_secret,
    test_webhook_endpoint,
    update_webhook_endpoint,
)
from gateway.graph.webhook_payloads import (
    CreateWebhookEndpointPayload,
    DeleteWebhookEndpointPayload,
    PauseWebhookEndpointPayload,
    RedeliverWebhookPayload,
    ResumeWebhookEndpointPayload,
    RotateWebhookSecretPayload,
    TestWebhookEndpointPayload,
    UpdateWebhookEndpointPayload,
)
from gateway.projection.runs import KeyReused


@strawberry.input(description="Which stream of which source is to be read completely.")
class SyncSourceInput:
    source: strawberry.ID = strawberry.field(description="The source's id.")
    stream: str = strawberry.field(
        description="orders, stock, fulfillments, customers, invoices or locations."
    )
    reconcile: bool = strawberry.field(
        default=False, description="Compare, and report by name what had drifted."
    )
    idempotency_key: str = strawberry.field(
        description="Chosen by the caller: the same key is the same run, however often it is sent."
    )


@strawberry.type(description="The run that reads, or the one that waits already.")
class SyncSourceSuccess:
    run: SyncRun = strawberry.field(description="The run.")


SyncSourcePayload = Annotated[
    SyncSourceSuccess | UnknownSourceStream | IdempotencyKeyReused,
    strawberry.union(name="SyncSourcePayload", description="The run, or why there is none."),
]


async def _sync_source(
    info: Info, input: Annotated[SyncSourceInput, strawberry.argument(description="What.")]
) -> SyncSourcePayload | None:
    context = info.context
    key = f"{context.principal.id}\n{storable(input.idempotency_key)}"
    try:
        run = await context.services.sources.ask_walk(
            storable(input.source), storable(input.stream), key, reconciles=input.reconcile
        )
    except UnknownStream as error:
        return UnknownSourceStream.of(error, "stream")
    except KeyReused as error:
        return IdempotencyKeyReused.of(error)
    return SyncSourceSuccess(run=SyncRun.of(run))


@strawberry.type(description="What can be done.")
class Mutation:
    sync_source: SyncSourcePayload | None = strawberry.field(
        resolver=_sync_source, description="Read a stream of a source completely, soon."
    )
    link_customers: LinkCustomersPayload | None = strawberry.field(
        resolver=link_customers, description="Say that customers are one; may be taken back."
    )
    unlink_customers: UnlinkCustomersPayload | None = strawberry.field(
        resolver=unlink_customers,
        description="Take records out of a customer; no key links them to it again.",
    )
    map_item: MapItemPayload | None = strawberry.field(
        resolver=map_item,
        description="Say which SKU a source's item is; what waited for it is applied by itself.",
    )
    replay_quarantined: ReplayQuarantinedPayload | None = strawberry.field(
        resolver=replay_quarantined,
        description="Read what could not be mapped again at its source, soon.",
    )
    create_webhook_endpoint: CreateWebhookEndpointPayload | None = strawberry.field(
        resolver=create_webhook_endpoint,
        description="Let events be sent to an address; its secret is shown once.",
    )
    update_webhook_endpoint: UpdateWebhookEndpointPayload | None = strawberry.field(
        resolver=update_webhook_endpoint,
        description="Change where events are sent to, or which.",
    )
    rotate_webhook_secret: RotateWebhookSecretPayload | None = strawberry.field(
        resolver=rotate_webhook_secret,
        description="Sign with a new secret, and for a while with the old one too.",
    )
    test_webhook_endpoint: TestWebhookEndpointPayload | None = strawberry.field(
        resolver=test_webhook_endpoint,
        description="Send `webhook.test` now, and answer what came back.",
    )
    pause_webhook_endpoint: PauseWebhookEndpointPayload | None = strawberry.field(
        resolver=pause_webhook_endpoint,
        description="Send nothing until it is resumed; nothing is lost meanwhile.",
    )
    resume_webhook_endpoint: ResumeWebhookEndpointPayload | None = strawberry.field(
        resolver=resume_webhook_endpoint,
        description="Send again, what has waited first of all.",
    )
    delete_webhook_endpoint: DeleteWebhookEndpointPayload | None = strawberry.field(
        resolver=delete_webhook_endpoint,
        description="Remove an endpoint with everything that was to be sent to it.",
    )
    redeliver_webhook: RedeliverWebhookPayload | None = strawberry.field(
        resolver=redeliver_webhook,
        description="Send one delivery again, or everything after a cursor.",
    )
