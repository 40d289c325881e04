"""What an ERP knows of an order stands beside its channel's word, and disagreement is shown."""

from .stage import Stage, an_order, staged

ASK = """{ orders { nodes { total { amount }
    invoices { number series key status total { amount currency } source { id } }
    conflicts { field shown { value source { id } } others { value source { id } } }
    externalRefs { kind id } } } }"""


async def test_invoices_and_conflicts_are_shown_and_the_channel_wins(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    await stage.put_beside("1", total="99.00")
    (node,) = (await stage.data(ASK))["orders"]["nodes"]
    assert node["total"] == {"amount": "24.25"}
    assert node["invoices"] == [
        {"number": "000123", "series": "1", "key": f"35{7:042d}", "status": "ISSUED",
         "total": {"amount": "24.25", "currency": "BRL"}, "source": {"id": "wms"}}
    ]  # fmt: skip
    assert node["conflicts"] == [
        {"field": "total", "shown": {"value": "24.25", "source": {"id": "market"}},
         "others": [{"value": "99.00", "source": {"id": "wms"}}]}
    ]  # fmt: skip
    named = {(ref["kind"], ref["id"]) for ref in node["externalRefs"]}
    assert {("order", "1"), ("order", "erp-1"), ("invoice", "nf-1")} <= named


async def test_systems_that_agree_are_in_no_conflict(stage: Stage) -> None:
    await stage.put("orders", an_order("1"))
    await stage.put_beside("1", total="24.250")
    (node,) = (await stage.data(ASK))["orders"]["nodes"]
    assert node["conflicts"] == []


async def test_a_system_with_authority_wins_a_field_and_the_channels_word_stands_beside(
    database: str,
) -> None:
    authority = {"orders": {"total": ["wms", "channel"], "subtotal": ["wms"]}}
    async with staged(database, authority=authority) as stage:
        await stage.put("orders", an_order("1"), an_order("2"))
        await stage.put_beside("1", total="99.00")
        ask = ASK.replace("total {", "number subtotal { amount } total {", 1)
        nodes = (await stage.data(ask))["orders"]["nodes"]
        won, alone = sorted(nodes, key=lambda node: str(node["number"]))
        assert (won["total"], won["subtotal"]) == ({"amount": "99.00"}, {"amount": "21.00"})
        assert won["conflicts"] == [
            {"field": "total", "shown": {"value": "99.00", "source": {"id": "wms"}},
             "others": [{"value": "24.25", "source": {"id": "market"}}]}
        ]  # fmt: skip
        assert (alone["total"], alone["conflicts"]) == ({"amount": "24.25"}, [])
