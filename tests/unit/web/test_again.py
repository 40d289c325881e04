"""A head is known again if it is byte for byte as before, and its whole body follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.web.again import LONGEST_HEAD, MOST_HEADS, MOST_IN_VAIN, KnownHeads
from gateway.web.heads import heads_of

HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n"


def scope_of(length: int, *more: tuple[bytes, bytes]) -> dict[str, object]:
    """Answer what the parser makes of such a head."""
    headers = [(b"host", b"x"), (b"content-length", b"%d" % length), *more]
    return {"path": "/graphql", "headers": headers, "trama.cycle": object()}


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_another_body_of_the_same_length_is_found_and_no_other(body: bytes, other: bytes) -> None:
    known, head = KnownHeads(), HEAD % len(body)
    known.keep(head + body, scope_of(len(body)))
    found = known.find(head + other)
    assert (found is not None) is (len(other) == len(body))
    assert found is None or found[1] == other


def test_headers_are_read_once_and_nothing_of_the_first_request_is_kept() -> None:
    known = KnownHeads()
    known.keep(HEAD % 2 + b"{}", scope_of(2))
    found = [known.find(HEAD % 2 + body) for body in (b"{}", b"[]")]
    scopes = [each[0].copy() for each in found if each is not None]
    assert [scope.keys() for scope in scopes] == [{"path", "headers"}] * 2
    assert heads_of(scopes[0]) is heads_of(scopes[1])
    assert heads_of(scopes[0]).get(b"host") == "x"


@pytest.mark.parametrize("name", [b"expect", b"transfer-encoding", b"upgrade"])
def test_what_asks_more_of_the_server_is_left_to_it(name: bytes) -> None:
    known = KnownHeads()
    known.keep(HEAD % 2 + b"{}", scope_of(2, (name, b"x")))
    assert known.find(HEAD % 2 + b"{}") is None


@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=2, max_size=4))
def test_of_several_requests_in_one_piece_none_is_kept(asked: list[tuple[int, bool]]) -> None:
    bodies = [(b"\r\n" if has_breaks else b"xx") * pairs for pairs, has_breaks in asked]
    data, known = b"".join(HEAD % len(body) + body for body in bodies), KnownHeads()
    known.keep(data, scope_of(len(bodies[-1])))
    assert known.find(data) is None


def test_what_is_kept_is_bounded() -> None:
    known = KnownHeads()
    for size in range(MOST_HEADS + 1):
        known.keep(HEAD % size + b"x" * size, scope_of(size))
    found = [known.find(HEAD % size + b"x" * size) is not None for size in range(MOST_HEADS + 1)]
    assert found == [*[False] * MOST_HEADS, True]
    long = (HEAD % 0).replace(b"host: x", b"host: " + b"x" * LONGEST_HEAD)
    known.keep(long, scope_of(0))
    assert known.find(long) is None


def test_who_never_repeats_itself_is_not_expected_to_who_does_is() -> None:
    fickle, faithful = KnownHeads(), KnownHeads()
    faithful.keep(HEAD % 0, scope_of(0))
    for size in range(1, MOST_IN_VAIN + 2):
        data = HEAD % size + b"x" * size
        fickle.keep(data, scope_of(size))
        if faithful.find(HEAD % 0) is None:
            faithful.keep(HEAD % 0, scope_of(0))
        faithful.keep(data, scope_of(size))
    assert fickle.find(data) is None
    assert faithful.find(data) is not None
