"""Bling for the conformance kit."""

from connectors.bling.client import ORDERS, SECOND_SECONDS
from connectors.bling.connector import CONNECTOR
from connectors.bling.sandbox.access import WEAK_APP
from connectors.bling.sandbox.forms import SAO_PAULO
from connectors.bling.sandbox.server import BlingSandbox
from connectors.bling.webhook import SIGNATURE_HEADER
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.subject import Subject

SUBJECT = Subject(
    definition=CONNECTOR,
    sandbox=BlingSandbox,
    refused={"client_secret": "not-the-secret"},
    forbidden={
        "client_id": WEAK_APP.client_id,
        "client_secret": WEAK_APP.client_secret,
        "refresh_token": WEAK_APP.refresh_token,
    },
    scope=ORDERS,
    throttled=Fault(
        "body", status=429, text='{"error": {"type": "TOO_MANY_REQUESTS", "period": "second"}}'
    ),
    throttled_seconds=SECOND_SECONDS,
    hook_header=SIGNATURE_HEADER,
    order_days_in=SAO_PAULO,
    renews="RenewToken",
    writes=("CreateStockRecord",),
)
