"""Square for the conformance kit."""

import json

from connectors.square.client import THROTTLED_SECONDS
from connectors.square.connector import CONNECTOR
from connectors.square.sandbox.access import TOKEN_WITHOUT_ORDERS
from connectors.square.sandbox.server import SquareSandbox
from connectors.square.webhook import SIGNATURE_HEADER
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.subject import Subject

_FAILED = {
    "errors": [
        {
            "category": "API_ERROR",
            "code": "INTERNAL_SERVER_ERROR",
            "detail": "An internal error has occurred, and the API was unable to service it.",
        }
    ]
}

SUBJECT = Subject(
    definition=CONNECTOR,
    sandbox=SquareSandbox,
    refused={"access_token": "not-a-token-of-this-account"},
    forbidden={"access_token": TOKEN_WITHOUT_ORDERS},
    scope="ORDERS_READ",
    throttled=Fault("status", status=429),
    throttled_seconds=THROTTLED_SECONDS,
    failed_with_200=Fault("body", status=200, text=json.dumps(_FAILED)),
    hook_header=SIGNATURE_HEADER,
    writes=("BatchChangeInventory",),
)
