"""What a request's headers say of bodies: which it takes, and of what kind its own is."""

import msgspec

from gateway.web.asking import check_content_type
from gateway.web.heads import Heads
from gateway.web.negotiation import Wanted, negotiate
from gateway.web.refusals import Refusal
from gateway.web.remembering import LONGEST_KEPT, MOST_KEPT

_Told = tuple[bytes | None, bytes | None, bytes | None]
_kept: "dict[_Told, Manners]" = {}


class Manners(msgspec.Struct, frozen=True):
    """How an answer is wanted, and whether a body is of a kind that is read here."""

    wanted: Wanted
    has_json: bool


def manners_of(heads: Heads) -> Manners:
    """Answer what the headers say; callers say the same again and again, so some is kept."""
    if heads.manners is not None:
        return heads.manners
    first = heads.first
    told = (first.get(b"accept"), first.get(b"content-type"), first.get(b"content-encoding"))
    known = None if heads.has_more else _kept.get(told)
    heads.manners = known or _read(heads, told)
    return heads.manners


def _read(heads: Heads, told: _Told) -> Manners:
    manners = Manners(negotiate(",".join(heads.all(b"accept"))), _has_json(heads))
    if not heads.has_more and sum(len(each or b"") for each in told) <= LONGEST_KEPT:
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[told] = manners
    return manners


def _has_json(heads: Heads) -> bool:
    try:
        check_content_type(heads.all(b"content-type"), heads.all(b"content-encoding"))
    except Refusal:
        return False
    return True
