"""Four systems as one: a person whom three of them know is one customer."""

from pathlib import Path
from typing import Any

from gateway.connect.testing.dataset import (
    DataCustomer,
    DataLine,
    DataLocation,
    DataOrder,
    Dataset,
    DataStock,
)

from .stage import CUSTOMER, a_retailer, an_order, everything_read, four_staged

TOTALS = "{ orders(first: 1) { totalCount } customers(first: 10) { nodes { name } } }"
ONE = """query($taxId: String!) {
  customer(by: {taxId: $taxId}) {
    name emails phones
    links { source { id } reason linkedBy }
    orders(first: 10) {
      nodes {
        channel { code } status total { amount } customer { name } freshness { source { id } }
      }
    }
  }
}"""
NEIGHBOUR = DataCustomer("c-2", "Bia", "Lima", "bia@example.com", None, "+5511955550002")
TILL = DataLocation(
    "till-1", "Quiosque", "STORE", "Trama Modas", "Rua C, 1", "Recife", "PE", "50010-002",
    kept_by="till",
)  # fmt: skip


def _sale(number: int, **changes: Any) -> DataOrder:
    lines = (DataLine("SKU-1", 1, "10.50", "0.00", TILL.code),)
    told = {"lines": lines, "paid": "10.50", "sold_at": TILL.code, **changes}
    return an_order(number, "delivered", **told)


def _with_a_till(*orders: DataOrder) -> Dataset:
    told = a_retailer(*orders)
    told.locations.append(TILL)
    told.stock.append(DataStock("SKU-1", TILL.code, 4))
    return told


async def test_a_person_whom_three_systems_know_is_one_customer(
    database: str, tmp_path: Path
) -> None:
    told = _with_a_till(an_order(1), _sale(2), _sale(3, customer=NEIGHBOUR))
    changes = {"bling": {"phone_region": "BR"}}
    async with (
        four_staged(told, database, tmp_path, changes) as stage,
        stage.gateway() as running,
    ):
        await everything_read(running)
        found = await running.data(TOTALS)
        customer = (await running.data(ONE, {"taxId": CUSTOMER.tax_id}))["customer"]
    assert found["orders"]["totalCount"] == 3
    assert sorted(each["name"] for each in found["customers"]["nodes"]) == [
        "Ana Souza", "Bia Lima",
    ]  # fmt: skip
    assert customer["links"] == [
        {"source": {"id": source}, "reason": reason, "linkedBy": "trama"}
        for source, reason in (("bling", "TAX_ID"), ("square", "PHONE"), ("vtex", "TAX_ID"))
    ]
    assert (customer["name"], customer["emails"]) == ("Ana Souza", ["ana@example.com"])
    assert set(customer["phones"]) == {"+5511955550001", "(11) 95555-0001"}
    bought = {each["channel"]["code"]: each for each in customer["orders"]["nodes"]}
    assert {code: each["total"]["amount"] for code, each in bought.items()} == {
        "marketplace": "24.25", "tills": "10.50",
    }  # fmt: skip
    assert {each["customer"]["name"] for each in bought.values()} == {"Ana Souza"}
    parts = {code: [x["source"]["id"] for x in each["freshness"]] for code, each in bought.items()}
    assert parts == {
        "marketplace": ["vtex", "shiphero", "bling"], "tills": ["square", "shiphero", "bling"],
    }  # fmt: skip
