"""Records of one customer meet, those of two never do, whatever the order in which they came."""

from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from gateway.model.identity import LinkKey, LinkReason
from gateway.model.linking import Cluster, Decision, Identity, plan_links

ANA, ANOTHER = "12345678909", "98765432100"


def key(reason: LinkReason, value: str) -> LinkKey:
    return LinkKey(reason, value)


def someone(number: int, **told: str) -> Identity:
    keys = {LinkKey(LinkReason[name.upper()], value) for name, value in told.items()}
    return Identity(UUID(int=number), f"source/{number}", frozenset(keys))


def told(clusters: list[Cluster]) -> list[dict[int, str | None]]:
    found = [
        {record.int: reason and reason.value for record, reason in each.members.items()}
        for each in clusters
    ]
    return sorted(found, key=min)


def test_each_reason_links_and_is_told() -> None:
    records = [
        someone(1, tax_id=ANA),
        someone(2, tax_id=ANA, verified_email="ana@example.com"),
        someone(3, verified_email="ana@example.com", phone="+5511955550001"),
        someone(4, phone="+5511955550001"),
        someone(5),
    ]
    assert told(plan_links(records, [])) == [
        {1: "TAX_ID", 2: "TAX_ID", 3: "VERIFIED_EMAIL", 4: "PHONE"},
        {5: None},
    ]
    assert [each.id.int for each in plan_links(records, [])] == [1, 5]


def test_two_tax_ids_are_two_persons_whatever_else_they_share() -> None:
    records = [
        someone(1, tax_id=ANA, phone="+551133330000"),
        someone(2, tax_id=ANOTHER, phone="+551133330000"),
        someone(3, phone="+551133330000"),
    ]
    found = told(plan_links(records, []))
    assert not any({1, 2} <= set(each) for each in found)


def test_a_value_that_too_many_have_links_nobody() -> None:
    counter = [someone(n, phone="+551133330000") for n in range(1, 5)]
    assert told(plan_links(counter, [], cap=4)) == [dict.fromkeys(range(1, 5), "PHONE")]
    assert told(plan_links(counter, [], cap=3)) == [{n: None} for n in range(1, 5)]


def test_a_weak_reason_that_makes_too_large_a_customer_links_nobody_by_itself() -> None:
    family = [
        someone(1, verified_email="a@example.com"),
        someone(2, verified_email="a@example.com", phone="+551133330000"),
        someone(3, phone="+551133330000", verified_email="b@example.com"),
        someone(4, verified_email="b@example.com"),
    ]
    assert told(plan_links(family, [], cap=3)) == [
        {1: "VERIFIED_EMAIL", 2: "VERIFIED_EMAIL"},
        {3: "VERIFIED_EMAIL", 4: "VERIFIED_EMAIL"},
    ]


def test_what_a_person_says_goes_before_every_key() -> None:
    records = [someone(1, tax_id=ANA), someone(2, tax_id=ANA), someone(3, tax_id=ANOTHER)]
    apart = Decision(UUID(int=1), UUID(int=2), are_one=False)
    together = Decision(UUID(int=1), UUID(int=3), are_one=True)
    assert told(plan_links(records, [apart])) == [{1: None}, {2: None}, {3: None}]
    assert told(plan_links(records, [apart, together])) == [
        {1: "OPERATOR", 3: "OPERATOR"}, {2: None},
    ]  # fmt: skip


PEOPLE = st.lists(
    st.tuples(
        st.sampled_from([None, ANA, ANOTHER]),
        st.sampled_from([None, "a@example.com", "b@example.com"]),
        st.sampled_from([None, "+551133330000", "+551144440000"]),
    ),
    min_size=1,
    max_size=8,
)
PAIRS = st.lists(
    st.tuples(st.integers(1, 8), st.integers(1, 8), st.booleans()).filter(lambda p: p[0] < p[1]),
    max_size=3,
    unique_by=lambda pair: pair[:2],
)


@given(PEOPLE, PAIRS, st.randoms(use_true_random=False), st.integers(2, 8))
def test_the_same_facts_in_any_order_make_the_same_customers(
    people: "list[tuple[str | None, ...]]",
    pairs: list[tuple[int, int, bool]],
    chance: Random,
    cap: int,
) -> None:
    names = ("tax_id", "verified_email", "phone")
    records = [
        someone(n + 1, **{name: value for name, value in zip(names, each, strict=True) if value})
        for n, each in enumerate(people)
    ]
    decisions = [Decision(UUID(int=a), UUID(int=b), are_one=c) for a, b, c in pairs]
    first = plan_links(records, decisions, cap)
    chance.shuffle(records)
    chance.shuffle(decisions)
    assert told(plan_links(records, decisions, cap)) == told(first)
    for cluster in first:
        taxed = {k.value for r in records if r.record in cluster.members for k in r.keys
                 if k.reason is LinkReason.TAX_ID}  # fmt: skip
        is_decided = LinkReason.OPERATOR in cluster.members.values()
        assert is_decided or (len(taxed) <= 1 and len(cluster.members) <= cap)
        for each in decisions:
            if not each.are_one:
                assert not {each.first, each.second} <= set(cluster.members)
