"""Headers by name are those that came, whatever their number."""

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from gateway.web.heads import Heads, RawHeader, heads_of

NAMES = (b"accept", b"authorization", b"origin", b"x-api-key", b"x-forwarded-for")
RAW = st.lists(st.tuples(st.sampled_from(NAMES), st.binary(max_size=4)), max_size=8)


@given(RAW)
def test_headers_are_found_by_name_the_first_and_all_of_them(raw: list[RawHeader]) -> None:
    heads, known = Heads(raw), Headers(raw=raw)
    for name in NAMES:
        assert heads.get(name) == known.get(name.decode())
        assert list(heads.all(name)) == known.getlist(name.decode())


@given(RAW)
def test_nothing_that_may_hold_a_credential_is_left_out(raw: list[RawHeader]) -> None:
    heads, known = Heads(raw), Headers(raw=raw)
    credentials = {name: list(told) for name, told in heads.credentials().items()}
    assert credentials == {name: known.getlist(name) for name in ("authorization", "x-api-key")}
    whole = {name: list(told) for name, told in heads.whole().items()}
    assert whole == {name: known.getlist(name) for name in known.keys()}  # noqa: SIM118


def test_headers_are_read_once() -> None:
    scope = {"headers": iter([(b"accept", b"*/*")])}
    assert heads_of(scope) is heads_of(scope)
    assert heads_of(scope).get(b"accept") == "*/*"
