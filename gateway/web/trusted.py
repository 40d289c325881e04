"""Trusted documents: known beforehand, asked for by the SHA-256 of their text.

`documentId` is GraphQL over HTTP's (https://graphql.github.io/graphql-over-http/draft/, appendix on
persisted documents, read 2026-11-25), `extensions.persistedQuery` Apollo's clients'. Nothing that a
caller sends is ever kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

import msgspec

from gateway.model.principal import PrincipalKind
from gateway.web.refusals import Refusal


class Found(msgspec.Struct, frozen=True):
    """The document to be executed; `is_trusted` says that it was asked for by its id."""

    text: str
    is_trusted: bool


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Texts by SHA-256 in hex, and which kinds of caller may send no other documents.

    A caller may keep answers that are the same for everybody with its key for `max_age_seconds`.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    required_for: frozenset[PrincipalKind] = frozenset()
    max_age_seconds: int = 0

    def find(self, text: str | None, document_id: str | None, kind: PrincipalKind) -> Found:
        """Answer the document of a request that has a text, an id or both; raises Refusal."""
        if document_id is not None:
            known = self.texts.get(document_id)
            if known is not None and text in (None, known):
                return Found(known, is_trusted=True)
            self._check_unknown(text, document_id)
        if text is None:
            raise Refusal(400, "BAD_REQUEST", "`query` is missing; it must be a text")
        if self.required_for and kind in self.required_for and _digest(text) not in self.texts:
            message = "only trusted documents are executed here; add this one to the manifest"
            raise Refusal(403, "TRUSTED_DOCUMENT_REQUIRED", message)
        return Found(text, is_trusted=False)

    def _check_unknown(self, text: str | None, document_id: str) -> None:
        if text is not None and _digest(text) != document_id:
            raise Refusal(400, "BAD_REQUEST", "the id is not the SHA-256 of `query`")
        if text is None and not self.texts:
            message = "there are no trusted documents here; send the whole query"
            raise Refusal(400, "PERSISTED_QUERY_NOT_SUPPORTED", message)
        if text is None:
            message = "there is no trusted document of this id; send the whole query"
            raise Refusal(400, "PERSISTED_QUERY_NOT_FOUND", message)


NO_DOCUMENTS = TrustedDocuments()


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
