"""VTEX for the conformance kit."""

from connectors.vtex.client import HOOK_HEADER, SET_QUANTITY
from connectors.vtex.connector import CONNECTOR
from connectors.vtex.sandbox.access import KEY_WITHOUT_ROLE, KEYS
from connectors.vtex.sandbox.server import VtexSandbox
from gateway.connect.testing.faults import Fault
from gateway.connect.testing.kit.subject import Subject

SUBJECT = Subject(
    definition=CONNECTOR,
    sandbox=VtexSandbox,
    refused={"app_token": "not-the-key's-token"},
    forbidden={"app_key": KEY_WITHOUT_ROLE, "app_token": KEYS[KEY_WITHOUT_ROLE]},
    scope="List Orders",
    throttled=Fault("status", status=429),
    throttled_seconds=60.0,
    hook_header=HOOK_HEADER.lower(),
    signs_body=False,
    reads_once=("ReadFeed",),
    writes=(SET_QUANTITY,),
)
