"""The sample's SKUs: believable garments and things for the home, none of them real."""

from random import Random

from gateway.connect.testing.dataset import DataItem

HERO_SKUS = ("CAM-AZUL-M", "0012345")
UNMAPPED_SKU = "brinde-natal-2026"
_KINDS = (
    ("CAM", "Camiseta", 4990), ("CAL", "Calça Jeans", 15990), ("VES", "Vestido", 18990),
    ("BLU", "Blusa", 8990), ("JAQ", "Jaqueta", 27990), ("TEN", "Tênis", 29990),
    ("BOL", "Bolsa", 21990), ("MEI", "Meia", 1990), ("BON", "Boné", 5990),
    ("SAI", "Saia", 9990), ("BER", "Bermuda", 10990), ("TOA", "Toalha de Banho", 6990),
    ("LEN", "Jogo de Lençol", 17990), ("CAN", "Caneca", 3490), ("MOC", "Mochila", 19990),
)  # fmt: skip
_COLOURS = (
    "Azul", "Preta", "Branca", "Verde", "Vermelha", "Cinza", "Rosa", "Amarela", "Bege", "Marinho",
)  # fmt: skip
_LINES = ("Essencial", "Praia", "Serra", "Urbana", "Ateliê", "Raiz", "Norte", "Clássica")
_SIZES = ("PP", "P", "M", "G", "GG")


def make_catalogue(count: int, chance: Random) -> list[DataItem]:
    """Answer `count` SKUs, the two that the docs quote first, the unmapped one last."""
    items = [
        DataItem("CAM-AZUL-M", "Camiseta Essencial Azul M", "49.90", 180),
        DataItem("0012345", "Caneca Raiz Branca", "34.90", 350),
    ]
    seen = {item.sku for item in items}
    while len(items) < count - 1:
        item = _item(len(items), chance)
        if item.sku not in seen:
            seen.add(item.sku)
            items.append(item)
    items.append(DataItem(UNMAPPED_SKU, "Brinde de Natal", "9.90", 50, in_catalogue=False))
    return items


def _item(place: int, chance: Random) -> DataItem:
    code, name, base = chance.choice(_KINDS)
    colour, line, size = chance.choice(_COLOURS), chance.choice(_LINES), chance.choice(_SIZES)
    cents = base + chance.randrange(-8, 30) * 100
    sku = f"{code}-{line[:3].upper()}-{colour[:3].upper()}-{size}"
    if place % 10 == 0:
        sku = f"{chance.randrange(10_000):07d}"
    elif place % 17 == 0:
        sku = f"{code.lower()}_{colour.lower()}_{place}"
    title = f"{name} {line} {colour} {size}"
    return DataItem(sku, title, f"{cents // 100}.{cents % 100:02d}", chance.randrange(50, 1500))
