"""A customer is one, whichever system knows it, and people have the last word."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.model.customer import CustomerRecord

from .stage import PLACED, Stage, an_order

ANA, OTHER = "12345678909", "98765432100"
PHONE = "+5511955550001"
ASK = """query($id: ID!) { customer(by: {id: $id}) {
    id name emails taxId links { ref reason linkedBy source { id } }
    externalRefs { id } orders { totalCount nodes { number } } } }"""
FIND = "query($q: String) { customers(query: $q) { nodes { id name } pageInfo { hasNextPage } } }"
LINK = """mutation($ids: [ID!]!, $key: String!) {
    linkCustomers(input: {customers: $ids, idempotencyKey: $key}) {
        __typename ... on LinkCustomersSuccess { customer { id links { ref reason linkedBy } } }
        ... on Refusal { code path } } }"""
PART = """mutation($id: ID!, $records: [CustomerRecordInput!]!, $key: String!) {
    unlinkCustomers(input: {customer: $id, records: $records, idempotencyKey: $key}) {
        __typename ... on UnlinkCustomersSuccess { customers { links { ref } } }
        ... on Refusal { code path } } }"""


def who(ref: str, name: str, tax_id: str | None = None) -> CustomerRecord:
    return CustomerRecord(ref, datetime.now(UTC), name, (f"{ref}@example.com",), (), tax_id)


async def _people(stage: Stage) -> dict[str, str]:
    """Let Ana have bought twice, under two names, and Bia once; answer their ids by name."""
    await stage.put(
        "orders",
        an_order("1", customer=who("a-1", "Ana Souza", "123.456.789-09")),
        an_order("2", customer=who("a-2", "A. Souza", ANA)),
        an_order("3", customer=who("b-1", "Bia Lima")),
    )
    nodes = (await stage.data(FIND))["customers"]["nodes"]
    return {node["name"]: node["id"] for node in nodes}


async def test_records_with_one_tax_id_are_one_customer_with_all_its_orders(stage: Stage) -> None:
    people = await _people(stage)
    assert len(people) == 2
    (ana,) = [key for name, key in people.items() if name != "Bia Lima"]
    found = (await stage.data(ASK, {"id": ana}))["customer"]
    assert found["links"] == [
        {"ref": ref, "reason": "TAX_ID", "linkedBy": "trama", "source": {"id": "market"}}
        for ref in ("a-1", "a-2")
    ]
    assert sorted(found["emails"]) == ["a-1@example.com", "a-2@example.com"]
    assert [each["id"] for each in found["externalRefs"]] == ["a-1", "a-2"]
    assert found["orders"]["totalCount"] == 2
    assert {node["number"] for node in found["orders"]["nodes"]} == {"1", "2"}
    twice = await stage.data(
        """query($c: ID!) { nodes(ids: [$c, $c]) { ... on Customer { links { ref } } }
             orders { nodes { customer { id links { ref } orders { nodes { number } } } } } }""",
        {"c": ana},
    )
    assert twice["nodes"] == [{"links": [{"ref": "a-1"}, {"ref": "a-2"}]}] * 2
    buyers = [node["customer"] for node in twice["orders"]["nodes"]]
    (one, another) = [each for each in buyers if each["id"] == ana]
    assert one == another
    assert len(one["links"]) == len(one["orders"]["nodes"]) == 2
    listed = """query($c: ID!) { orders(filter: {customer: $c}) { totalCount } }"""
    assert (await stage.data(listed, {"c": ana}))["orders"] == {"totalCount": 2}


async def test_many_customers_orders_are_read_with_as_many_statements_as_ones(
    stage: Stage,
) -> None:
    await stage.put(
        "orders",
        *(
            an_order(f"{n}-{m}", customer=who(f"c-{n}", f"Cliente {n}"),
                     placed_at=PLACED - timedelta(minutes=n * m))
            for n in range(1, 8) for m in range(1, 5)
        ),
    )  # fmt: skip
    ask = """query($n: Int) { customers(first: $n) { nodes { name orders(first: 2) {
        totalCount nodes { number } pageInfo { hasNextPage endCursor } } } } }"""
    sent: list[Counter[str]] = []
    for n in (1, 1, 7):
        async with stage.counting() as statements:
            nodes = (await stage.data(ask, {"n": n}))["customers"]["nodes"]
            sent.append(Counter(statements))
    assert sent[1] == sent[2]
    for node in nodes:
        n, listed = node["name"].removeprefix("Cliente "), node["orders"]
        assert [each["number"] for each in listed["nodes"]] == [f"{n}-1", f"{n}-2"]
        assert (listed["totalCount"], listed["pageInfo"]["hasNextPage"]) == (4, True)
    rest = """query($t: String!, $a: PageCursor) { customer(by: {email: $t}) {
        orders(first: 2, after: $a) { nodes { number } pageInfo { hasNextPage } } } }"""
    told = {"t": f"c-{n}@example.com", "a": listed["pageInfo"]["endCursor"]}
    after = (await stage.data(rest, told))["customer"]["orders"]
    assert [each["number"] for each in after["nodes"]] == [f"{n}-3", f"{n}-4"]
    assert after["pageInfo"]["hasNextPage"] is False


async def test_customers_are_found_by_what_people_know_of_them(stage: Stage) -> None:
    people = await _people(stage)
    (ana,) = [key for name, key in people.items() if name != "Bia Lima"]
    for text, found in (
        ("A-1@Example.com", [ana]), ("123.456.789-09", [ana]), (ANA, [ana]),
        ("bia", [people["Bia Lima"]]), ("ANA", [ana]), ("%", []), ("nobody@example.com", []),
    ):  # fmt: skip
        nodes = (await stage.data(FIND, {"q": text}))["customers"]["nodes"]
        assert [node["id"] for node in nodes] == found, text
    for way, text, one in (
        ("email", " A-2@example.com", {"id": ana}), ("taxId", "123.456.789-09", {"id": ana}),
        ("email", "bia", None), ("email", ANA, None), ("taxId", "Bia Lima", None),
        ("taxId", "a-1@example.com", None), ("email", "", None), ("taxId", "", None),
    ):  # fmt: skip
        by = f"query($t: String!) {{ customer(by: {{{way}: $t}}) {{ id }} }}"
        assert (await stage.data(by, {"t": text}))["customer"] == one, (way, text)
    page = "{ customers(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } }"
    first = (await stage.data(page))["customers"]
    assert first["pageInfo"]["hasNextPage"] is True
    after = "query($a: PageCursor) { customers(first: 1, after: $a) { nodes { id } } }"
    second = await stage.data(after, {"a": first["pageInfo"]["endCursor"]})
    assert {first["nodes"][0]["id"], second["customers"]["nodes"][0]["id"]} == set(people.values())


async def test_a_customer_finds_itself_alone_by_whatever_it_looks_for(stage: Stage) -> None:
    await stage.put(
        "orders",
        an_order("1", customer=replace(who("a-1", "Ana Souza", ANA), phones=(PHONE,))),
        an_order("2", customer=replace(who("b-1", "Ana Lima", OTHER), phones=(PHONE,))),
    )
    mine = stage.token("a-1")
    for text, names in (
        ("", ["Ana Souza"]), ("ana", ["Ana Souza"]), (ANA, ["Ana Souza"]), (PHONE, ["Ana Souza"]),
        ("a-1@example.com", ["Ana Souza"]), (OTHER, []), ("b-1@example.com", []), ("Bia", []),
    ):  # fmt: skip
        nodes = (await stage.data(FIND, {"q": text}, token=mine))["customers"]["nodes"]
        assert [node["name"] for node in nodes] == names, text
    by = "query($t: String!) { customer(by: {taxId: $t}) { name } }"
    assert (await stage.data(by, {"t": ANA}, token=mine))["customer"] == {"name": "Ana Souza"}
    assert (await stage.data(by, {"t": OTHER}, token=mine))["customer"] is None


async def test_a_person_links_and_parts_customers_and_may_take_it_back(stage: Stage) -> None:
    people = await _people(stage)
    ids = sorted(people.values())
    linked = (await stage.data(LINK, {"ids": ids, "key": "k-1"}))["linkCustomers"]
    assert linked["__typename"] == "LinkCustomersSuccess"
    (bia,) = [link for link in linked["customer"]["links"] if link["ref"] == "b-1"]
    assert (bia["reason"], bia["linkedBy"]) == ("OPERATOR", "key:people")
    again = (await stage.data(LINK, {"ids": ids, "key": "k-1"}))["linkCustomers"]
    assert again == linked
    listed = "query($c: ID!) { orders(filter: {customer: $c}) { totalCount } }"
    for key in ids:
        assert (await stage.data(ASK, {"id": key}))["customer"]["id"] == linked["customer"]["id"]
        assert (await stage.data(listed, {"c": key}))["orders"] == {"totalCount": 3}
    records = [{"source": "market", "ref": "b-1"}]
    told = {"id": linked["customer"]["id"], "records": records, "key": "k-2"}
    parted = (await stage.data(PART, told))["unlinkCustomers"]["customers"]
    assert sorted([link["ref"] for link in each["links"]] for each in parted) == [
        ["a-1", "a-2"], ["b-1"],
    ]  # fmt: skip
    again = (await stage.data(PART, told))["unlinkCustomers"]["customers"]
    assert sorted(again, key=str) == sorted(parted, key=str)
    await stage.put("orders", an_order("4", customer=who("b-1", "Bia Lima", ANA)))
    nodes = (await stage.data(FIND))["customers"]["nodes"]
    assert len(nodes) == 2, "what a person has parted, no key links again"


async def test_what_cannot_be_linked_is_refused_and_nothing_changes(stage: Stage) -> None:
    people = await _people(stage)
    ids = sorted(people.values())

    async def refused(query: str, told: dict[str, Any], field: str) -> tuple[str, list[str]]:
        answer = (await stage.data(query, told))[field]
        return answer["code"], answer["path"]

    unknown = "Q3VzdG9tZXI6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw"
    for told in ([ids[0]], [ids[0], ids[0]], [ids[0], unknown], ["x", "y"]):
        code = await refused(LINK, {"ids": told, "key": "r-1"}, "linkCustomers")
        assert code == ("UNKNOWN_CUSTOMER", ["input", "customers"])
    records = [{"source": "market", "ref": "nobody"}]
    code = await refused(PART, {"id": ids[0], "records": records, "key": "r-2"}, "unlinkCustomers")
    assert code == ("UNKNOWN_CUSTOMER", ["input", "records"])
    (ana,) = [key for name, key in people.items() if name != "Bia Lima"]
    whole = [{"source": "market", "ref": ref} for ref in ("a-1", "a-2")]
    for some in (whole, []):
        code = await refused(PART, {"id": ana, "records": some, "key": "r-3"}, "unlinkCustomers")
        assert code == ("UNKNOWN_CUSTOMER", ["input", "records"])
    assert len((await stage.data(FIND))["customers"]["nodes"]) == 2
    assert (await stage.data(LINK, {"ids": ids, "key": "k"}))["linkCustomers"]["customer"]
    reused = await refused(LINK, {"ids": [*ids, ids[0], unknown], "key": "k"}, "linkCustomers")
    assert reused == ("IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"])


async def test_a_customer_of_too_many_records_is_not_made(stage: Stage) -> None:
    many = [an_order(f"o-{n}", customer=who(f"r-{n:02d}", "Ana Souza", ANA)) for n in range(20)]
    await stage.put("orders", *many, an_order("alone", customer=who("b-1", "Bia Lima")))
    nodes = (await stage.data(FIND))["customers"]["nodes"]
    told = {"ids": [node["id"] for node in nodes], "key": "k"}
    assert len(nodes) == 2
    refused = (await stage.data(LINK, told))["linkCustomers"]
    assert (refused["__typename"], refused["code"]) == ("TooManyRecords", "CUSTOMER_TOO_LARGE")
    assert len((await stage.data(FIND))["customers"]["nodes"]) == 2
    assert await stage.gateway.pool.fetchval("SELECT count(*) FROM customer_decision") == 0


async def test_links_widen_nobodys_own_reach(stage: Stage) -> None:
    people = await _people(stage)
    await stage.data(LINK, {"ids": sorted(people.values()), "key": "k"})
    mine = stage.token("a-1")
    seen = await stage.data(
        "{ orders { nodes { number } } viewer { customers { name links { ref } } } }", token=mine
    )
    assert seen["orders"]["nodes"] == [{"number": "1"}]
    assert seen["viewer"]["customers"] == [{"name": "Ana Souza", "links": [{"ref": "a-1"}]}]
    (key,) = {(await stage.data(ASK, {"id": each}))["customer"]["id"] for each in people.values()}
    ask = "query($id: ID!) { customer(by: {id: $id}) { name orders { totalCount } } }"
    assert (await stage.data(ask, {"id": key}, token=mine))["customer"] == {
        "name": "Ana Souza", "orders": {"totalCount": 1},
    }  # fmt: skip
    assert (await stage.data(ask, {"id": key}, token=stage.token("c-9")))["customer"] is None
    assert (await stage.codes(LINK, {"ids": [key, key], "key": "z"}, token=mine))[0][1] == (
        "FORBIDDEN"
    )
