"""What a customer's record may be linked by, as far as its source proves it."""

from dataclasses import dataclass

import phonenumbers

from gateway.federation.sources import ConnectedSource
from gateway.model.customer import CustomerRecord
from gateway.model.identity import RELAYS, LinkKey, LinkReason, email_of, phone_of, tax_id_of
from gateway.projection.customers.write import CustomerEntry


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """How far a source is believed.

    `verifies_emails`: an address there is known to be its customer's. `phone_region`: the country
    (ISO 3166) whose numbers are written there without a code; None: only E.164 counts.
    """

    verifies_emails: bool = False
    phone_region: str | None = None
    relays: frozenset[str] = RELAYS


def rules_of(source: ConnectedSource) -> IdentityRules:
    """Answer how far a source is believed."""
    return IdentityRules(source.rules.verifies_emails, source.rules.phone_region)


def identified(record: CustomerRecord, rules: IdentityRules) -> CustomerEntry:
    """Answer a record with its keys; what is masked, relayed or malformed is none."""
    keys: set[LinkKey] = set()
    tax_id = tax_id_of(record.tax_id)
    if tax_id is not None:
        keys.add(LinkKey(LinkReason.TAX_ID, tax_id))
    if rules.verifies_emails:
        found = {email_of(each, rules.relays) for each in record.emails}
        keys |= {LinkKey(LinkReason.VERIFIED_EMAIL, each) for each in found if each is not None}
    numbers = {_number(each, rules.phone_region) for each in record.phones}
    keys |= {LinkKey(LinkReason.PHONE, each) for each in numbers if each is not None}
    return CustomerEntry(record, frozenset(keys))


def _number(text: str, region: str | None) -> str | None:
    told = phone_of(text)
    if told is None and region is None:
        return None
    try:
        number = phonenumbers.parse(told or text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
