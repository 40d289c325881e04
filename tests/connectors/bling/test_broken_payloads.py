"""Every way a record can be broken ends in a ContractError with the place, or maps."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.connect.errors import ContractError, MalformedPayload, UnknownValue

from .payloads import (
    a_balance,
    a_contact_payload,
    a_deposit,
    an_invoice_payload,
    an_order_payload,
    map_balance,
    map_contact,
    map_deposit,
    map_invoice,
    mapped,
    put,
)

Step = str | int
Map = Callable[[Any], object]


@pytest.mark.parametrize(
    ("work", "payload", "path", "value", "kind"),
    [
        (mapped, an_order_payload(), ["id"], "7", MalformedPayload),
        (mapped, an_order_payload(), ["id"], 2**63, MalformedPayload),
        (mapped, an_order_payload(), ["data"], "0000-00-00", MalformedPayload),
        (mapped, an_order_payload(), ["data"], "20/11/2026", MalformedPayload),
        (mapped, an_order_payload(), ["data"], "2026-11-20T09:00:00Z", MalformedPayload),
        (mapped, an_order_payload(), ["dataPrevista"], "soon", MalformedPayload),
        (mapped, an_order_payload(), ["total"], None, MalformedPayload),
        (mapped, an_order_payload(), ["total"], "NaN", MalformedPayload),
        (mapped, an_order_payload(), ["total"], 10**15, MalformedPayload),
        (mapped, an_order_payload(), ["desconto", "unidade"], "EURO", UnknownValue),
        (mapped, an_order_payload(), ["desconto", "valor"], "Infinity", MalformedPayload),
        (mapped, an_order_payload(), ["transporte", "frete"], [], MalformedPayload),
        (mapped, an_order_payload(), ["itens", 0, "codigo"], "", MalformedPayload),
        (mapped, an_order_payload(), ["itens", 0, "quantidade"], 1.5, MalformedPayload),
        (mapped, an_order_payload(), ["itens", 0, "quantidade"], -1, MalformedPayload),
        (mapped, an_order_payload(), ["itens", 0, "quantidade"], 2**40, MalformedPayload),
        (map_invoice, an_invoice_payload(), ["situacao"], 12, UnknownValue),
        (map_invoice, an_invoice_payload(), ["chaveAcesso"], "35", MalformedPayload),
        (map_invoice, an_invoice_payload(), ["dataEmissao"], "x", MalformedPayload),
        (map_invoice, an_invoice_payload(), ["valorNota"], None, MalformedPayload),
        (map_contact, a_contact_payload(), ["situacao"], None, MalformedPayload),
        (map_contact, a_contact_payload(), ["email"], 5, MalformedPayload),
        (map_deposit, a_deposit(), ["descricao"], "", MalformedPayload),
        (map_balance, a_balance(), ["saldoFisico"], "sNaN", MalformedPayload),
        (map_balance, a_balance(), ["saldoVirtual"], None, MalformedPayload),
        (map_balance, a_balance(), ["saldoFisico"], 2**31, MalformedPayload),
    ],
)
def test_a_broken_field_is_named(
    work: Map, payload: dict[str, Any], path: list[Step], value: object, kind: type[ContractError]
) -> None:
    broken = copy.deepcopy(payload)
    put(broken, path, value)
    with pytest.raises(kind) as caught:
        work(broken)
    told = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    assert caught.value.path == told.removeprefix(".")


WRONG: list[Any] = [
    None, "x", "", 7, -1, 2**70, 1.5, True, [], {}, [None], "2026-13-45", "\x00", "NaN", "1e999",
]  # fmt: skip


def places(node: Any, so_far: tuple[Step, ...] = ()) -> list[tuple[Step, ...]]:
    keys: list[Step] = list(node) if isinstance(node, dict) else []
    if isinstance(node, list):
        keys = list(range(len(node)))
    found = []
    for key in keys:
        found += [(*so_far, key), *places(node[key], (*so_far, key))]
    return found


def drop(node: Any, path: tuple[Step, ...]) -> None:
    for step in path[:-1]:
        node = node[step]
    del node[path[-1]]


SAMPLES: list[tuple[Map, dict[str, Any]]] = [
    (mapped, an_order_payload("delivered")),
    (map_invoice, an_invoice_payload()),
    (map_contact, a_contact_payload()),
    (map_deposit, a_deposit()),
    (map_balance, a_balance()),
]


@st.composite
def broken(draw: st.DrawFn) -> tuple[Map, dict[str, Any]]:
    work, sample = draw(st.sampled_from(SAMPLES))
    payload = copy.deepcopy(sample)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(places(payload)))
        change = draw(st.one_of(st.just("drop"), st.sampled_from(WRONG)))
        if change == "drop":
            drop(payload, path)
        else:
            put(payload, path, change)
    return work, payload


def where_broken(work: Map, payload: dict[str, Any]) -> str | None:
    """Answer the path of the ContractError that the work ends in, None when it maps."""
    try:
        work(payload)
    except ContractError as error:
        return error.path
    return None


@given(broken())
def test_a_broken_record_maps_or_says_where(sample: tuple[Map, dict[str, Any]]) -> None:
    assert where_broken(*sample) != ""
