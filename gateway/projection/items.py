"""The retailer's SKUs, and what each source calls them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.projection.database import Executor


@dataclass(frozen=True, slots=True)
class ItemLink:
    """The SKU that a source's item is, and how many stock units one of it counts."""

    sku: str
    units_per: int


async def load_links(
    executor: "Executor", source_id: str, external_ids: Iterable[str]
) -> dict[str, ItemLink]:
    """Answer the links of a source's items; what is not linked is left out."""
    rows = await executor.fetch(
        """SELECT external_id, sku, units_per FROM item_ref
           WHERE source_id = $1 AND external_id = ANY($2::text[])""",
        source_id, sorted(set(external_ids)),
    )  # fmt: skip
    return {row["external_id"]: ItemLink(row["sku"], row["units_per"]) for row in rows}


async def load_links_of(
    executor: "Executor", source_id: str, skus: Iterable[str]
) -> dict[str, ItemLink]:
    """Answer the links of a source's items that are one of these SKUs, by the source's id."""
    rows = await executor.fetch(
        """SELECT external_id, sku, units_per FROM item_ref
           WHERE source_id = $1 AND sku = ANY($2::text[])""",
        source_id, sorted(skus),
    )  # fmt: skip
    return {row["external_id"]: ItemLink(row["sku"], row["units_per"]) for row in rows}


async def link_items(
    executor: "Executor", source_id: str, external_ids: Iterable[str], *, creates: bool
) -> dict[str, ItemLink]:
    """Answer the links, made by equal code where there is none yet.

    A source whose catalogue creates SKUs has every item linked; another only those whose id
    is a SKU already.
    """
    asked = sorted(set(external_ids))
    links = await load_links(executor, source_id, asked)
    absent = [each for each in asked if each not in links]
    if not absent:
        return links
    if creates:
        await executor.execute(
            "INSERT INTO item (sku) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", absent
        )
    await executor.execute(
        """INSERT INTO item_ref (source_id, external_id, sku, units_per, origin)
           SELECT $1, sku, sku, 1, 'code' FROM item WHERE sku = ANY($2::text[])
           ON CONFLICT DO NOTHING""",
        source_id, absent,
    )  # fmt: skip
    return links | await load_links(executor, source_id, absent)


async def map_items(
    executor: "Executor",
    source_id: str,
    links: Mapping[str, ItemLink],
    *,
    origin: str,
) -> None:
    """Set links by hand or by file; SKUs that are not known yet are created."""
    external, skus = sorted(links), sorted({link.sku for link in links.values()})
    await executor.execute(
        "INSERT INTO item (sku) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", skus
    )
    await executor.execute(
        """INSERT INTO item_ref (source_id, external_id, sku, units_per, origin)
           SELECT $1, e, s, u, $5 FROM unnest($2::text[], $3::text[], $4::int[]) AS t(e, s, u)
           ON CONFLICT (source_id, external_id) DO UPDATE
               SET sku = excluded.sku, units_per = excluded.units_per, origin = excluded.origin""",
        source_id, external, [links[e].sku for e in external],
        [links[e].units_per for e in external], origin,
    )  # fmt: skip


async def load_item_refs(
    executor: "Executor", source_id: str, skus: Sequence[str]
) -> dict[str, ItemLink]:
    """Answer, per SKU, what a source calls it: a link whose `sku` is the source's item id.

    A SKU that the source never named is asked for by its code, unless that names another there.
    """
    rows = await executor.fetch(
        """SELECT DISTINCT ON (i.sku) i.sku, coalesce(r.external_id, i.sku) AS external_id,
               coalesce(r.units_per, 1) AS units_per
           FROM unnest($2::text[]) AS i(sku)
           LEFT JOIN item_ref r ON r.source_id = $1 AND r.sku = i.sku COLLATE "C"
           WHERE r.sku IS NOT NULL OR NOT EXISTS (SELECT FROM item_ref other
               WHERE other.source_id = $1 AND other.external_id = i.sku COLLATE "C")
           ORDER BY i.sku, r.units_per, r.external_id""",
        source_id, list(skus),
    )  # fmt: skip
    return {row["sku"]: ItemLink(row["external_id"], row["units_per"]) for row in rows}
