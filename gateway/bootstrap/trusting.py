"""Reads the manifest of trusted documents.

Apollo's persisted query manifest, https://www.apollographql.com/docs/graphos/platform/security/
persisted-queries (read 2026-11-25), or a map of id to text as Relay's compiler and others write.
"""

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSyntaxError

from gateway.bootstrap.problems import StartFailed
from gateway.graph.documents import Documents
from gateway.graph.refusals import OperationRefused
from gateway.graph.schema import make_schemas
from gateway.model.principal import PrincipalKind
from gateway.settings import Settings
from gateway.web.trusted import TrustedDocuments

LARGEST_MANIFEST_BYTES = 16_777_216
MOST_FAULTS = 20
_FORM = 'write {"<sha256>": "<text>"}, or Apollo\'s persisted query manifest'


def trusted_documents_of(settings: Settings) -> TrustedDocuments:
    """Answer the trusted documents that the configuration names; raises StartFailed."""
    told = settings.documents
    return TrustedDocuments(
        {} if told.manifest_file is None else read_manifest(told.manifest_file),
        frozenset(PrincipalKind(kind.upper()) for kind in told.required_for),
        told.max_age_seconds,
    )


def read_manifest(path: Path) -> dict[str, str]:
    """Answer texts by their SHA-256; raises StartFailed with every bad entry, as far as is sane."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_MANIFEST_BYTES + 1)
        if len(content) > LARGEST_MANIFEST_BYTES:
            raise StartFailed([f"{path}: larger than {LARGEST_MANIFEST_BYTES} bytes"])
        told = orjson.loads(content)
    except OSError as error:
        raise StartFailed([f"{path}: cannot be read ({error.strerror})"]) from None
    except orjson.JSONDecodeError:
        raise StartFailed([f"{path}: not JSON; {_FORM}"]) from None
    found = dict(_entries(told, path))
    faults = [
        f"{path}: {key[:80]} is not the SHA-256 of its text; have the compiler write SHA-256"
        for key, text in found.items()
        if sha256(text.encode()).hexdigest() != key
    ]
    if faults:
        raise StartFailed(faults[:MOST_FAULTS])
    return found


def faults_of(texts: Mapping[str, str], settings: Settings) -> list[str]:
    """Answer why documents cannot be executed: what this schema or the limits refuse."""
    schema = make_schemas(prefix=settings.federation.prefix).callers.executable
    introspection = settings.server.introspection
    documents = Documents(schema, settings.limits.document, introspection=introspection)
    faults = []
    for key, text in texts.items():
        try:
            reasons = [error.message for error in documents.get(text).errors]
        except (GraphQLSyntaxError, OperationRefused) as error:
            reasons = [error.message]
        faults += [f"{key[:12]}: {reason}" for reason in reasons[:1]]
    return faults


def _entries(told: Any, path: Path) -> Iterator[tuple[str, str]]:
    if isinstance(told, dict) and told.get("format") == "apollo-persisted-query-manifest":
        operations = told.get("operations")
        pairs = [_pair(each) for each in operations] if isinstance(operations, list) else [(0, 0)]
    else:
        pairs = list(told.items()) if isinstance(told, dict) else [(0, 0)]
    for key, text in pairs:
        if not isinstance(key, str) or not isinstance(text, str):
            raise StartFailed([f"{path}: {_FORM}"])
        yield key.removeprefix("sha256:"), text


def _pair(operation: Any) -> tuple[Any, Any]:
    return (operation.get("id"), operation.get("body")) if isinstance(operation, dict) else (0, 0)
