"""K23: a push of a topic that nobody knows is taken, and nothing is read for it."""

from gateway.connect.manifest import Capability
from gateway.connect.protocols import WebhookSource
from gateway.connect.records import RawDelivery
from gateway.connect.testing.kit.retail import a_retailer
from gateway.connect.testing.kit.rules import Violation, hold, rule
from gateway.connect.testing.kit.subject import Subject
from gateway.connect.testing.kit.world import receiving, subscribe, world

_ACT = "push_unknown"


@rule(
    "K23",
    "unknown topic: parked and acknowledged, within the vendor's limit",
    Capability.WEBHOOK_SOURCE,
)
async def unknown_topics(subject: Subject) -> None:
    delivery = subject.definition.manifest.delivery
    is_declared = delivery.mode == "poll" or delivery.acknowledge_within_seconds is not None
    hold(is_declared, "the manifest has no delivery.acknowledge_within_seconds")
    async with world(subject, a_retailer(1)) as made:
        hooks = made.connector
        if not isinstance(hooks, WebhookSource):
            raise Violation("the connector takes no pushes")
        hold(_ACT in made.sandbox.acts, f"the sandbox has no act {_ACT}")
        async with receiving(made) as url:
            await subscribe(made, hooks, url)
            made.deliveries.clear()
            await made.act(_ACT)
            await made.sandbox.pushes.settle()
        hold(made.deliveries, f"the vendor pushes nothing on {_ACT}")
        for each in made.deliveries:
            _is_parked(hooks, each)


def _is_parked(hooks: WebhookSource, push: RawDelivery) -> None:
    try:
        known = hooks.verify(push)
        notices = hooks.notices(push)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise Violation(f"a genuine push of an unknown topic ends in {told}") from error
    hold(known, "a genuine push of an unknown topic has no id")
    hold(notices == (), f"an unknown topic has {notices[:2]} read")
