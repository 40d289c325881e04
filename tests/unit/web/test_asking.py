"""A body that is harmless by its marks holds nothing that would be refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.settings import VariableLimits
from gateway.web.asking import check_values, is_harmless, request_of_body
from gateway.web.refusals import Refusal

LIMITS = VariableLimits(max_depth=4, max_list_items=3)
TEXTS = st.text(st.sampled_from('a\x00"\\u0[{,'), max_size=8)
VALUES = st.recursive(
    st.none() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=8,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=2), st.booleans())
def test_what_is_harmless_by_its_marks_would_not_be_refused(
    variables: dict[str, Any], is_ascii: bool
) -> None:
    body = json.dumps({"query": "{ a }", "variables": variables}, ensure_ascii=is_ascii).encode()
    if is_harmless(body, LIMITS):
        check_values({"variables": variables, "extensions": {}}, LIMITS)


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"a": [[[1]]]}, "TOO_DEEP"),
        ({"a": {"b": {"c": {}}}}, None),
        ({"a": [1, 2, 3, 4]}, "LIST_TOO_LONG"),
        ({"a": [1, 2, 3]}, None),
        ({"a": "\x00"}, "BAD_REQUEST"),
        ({"\x00": 1}, "BAD_REQUEST"),
        ({"a": "\\u0000"}, None),
        ({"a": "[[[[[[{{{{,,,,,"}, None),
    ],
)
def test_a_body_is_refused_for_what_it_holds_and_not_for_its_marks(
    variables: dict[str, Any], code: str | None
) -> None:
    body = json.dumps({"query": "{ a }", "variables": variables}).encode()
    if code is None:
        assert request_of_body(body, LIMITS).variables == variables
        return
    with pytest.raises(Refusal) as refused:
        request_of_body(body, LIMITS)
    assert refused.value.code == code
