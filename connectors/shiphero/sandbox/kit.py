"""ShipHero for the conformance kit."""

import json

from connectors.shiphero.connector import CONNECTOR
from connectors.shiphero.sandbox.access import TOKEN_WITHOUT_PERMISSION
from connectors.shiphero.sandbox.server import ShipHeroSandbox
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.subject import Subject

_CREDITS = {
    "errors": [
        {
            "code": 30,
            "message": "There are not enough credits to perfom the requested operation, which "
            "requires 101 credits, but the are only 41 left. In 9 seconds you will have enough "
            "credits to perform the operation",
            "operation": "orders",
            "request_id": "kit",
            "required_credits": 101,
            "remaining_credits": 41,
            "time_remaining": "9 seconds",
        }
    ]
}
_FAILED = {"errors": [{"code": 9, "message": "Internal error", "request_id": "kit"}]}

SUBJECT = Subject(
    definition=CONNECTOR,
    sandbox=ShipHeroSandbox,
    refused={"token": "not-a-token"},
    forbidden={"token": TOKEN_WITHOUT_PERMISSION},
    scope="view:",
    throttled=Fault("body", status=200, text=json.dumps(_CREDITS)),
    throttled_seconds=9.0,
    failed_with_200=Fault("body", status=200, text=json.dumps(_FAILED)),
    hook_header="x-shiphero-hmac-sha256",
)
