"""The sample's SKUs: believable garments and things for the home, none of them real."""

from dataclasses import dataclass
from random import Random
from unicodedata import normalize

from gateway.connect.testing.dataset import DataItem

HERO_SKUS = ("CAM-AZUL-M", "0012345")
UNMAPPED_SKU = "brinde-natal-2026"
_LETTERS = ("PP", "P", "M", "G", "GG")
_TROUSERS = ("36", "38", "40", "42", "44")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of goods: its price in cents to start from, its lightest and heaviest in grams."""

    code: str
    name: str
    cents: int
    grams: tuple[int, int]
    sizes: tuple[str, ...] = _LETTERS
    is_masculine: bool = False


_KINDS = (
    Kind("CAM", "Camiseta", 4990, (120, 260)),
    Kind("CAL", "Calça Jeans", 15990, (450, 800), _TROUSERS),
    Kind("VES", "Vestido", 18990, (200, 600), is_masculine=True),
    Kind("BLU", "Blusa", 8990, (120, 400)),
    Kind("JAQ", "Jaqueta", 27990, (500, 1400)),
    Kind("TEN", "Tênis", 29990, (500, 1100), ("35", "37", "39", "41", "43"), is_masculine=True),
    Kind("BOL", "Bolsa", 21990, (300, 1200), ("Mini", "Pequena", "Média", "Grande", "Maxi")),
    Kind("MEI", "Meia", 1990, (30, 90)),
    Kind("BON", "Boné", 5990, (70, 140), ("Infantil", "P", "M", "G", "Único"), is_masculine=True),
    Kind("SAI", "Saia", 9990, (150, 450)),
    Kind("BER", "Bermuda", 10990, (200, 500), _TROUSERS),
    Kind("TOA", "Toalha de Banho", 6990, (250, 700),
         ("50x90 cm", "70x130 cm", "70x140 cm", "80x150 cm", "90x160 cm")),
    Kind("LEN", "Jogo de Lençol", 17990, (700, 1900),
         ("Solteiro", "Solteirão", "Casal", "Queen", "King"), is_masculine=True),
    Kind("CAN", "Caneca", 3490, (250, 450), ("200 ml", "250 ml", "300 ml", "350 ml", "400 ml")),
    Kind("MOC", "Mochila", 19990, (400, 1300), ("15 L", "18 L", "20 L", "25 L", "30 L")),
)  # fmt: skip
_COLOURS = (
    "Azul", "Preta", "Branca", "Verde", "Vermelha", "Cinza", "Rosa", "Amarela", "Bege", "Marinho",
)  # fmt: skip
_LINES = ("Essencial", "Praia", "Serra", "Urbana", "Ateliê", "Raiz", "Norte", "Clássica")
_MASCULINE = {
    "Preta": "Preto", "Branca": "Branco", "Vermelha": "Vermelho", "Amarela": "Amarelo",
    "Urbana": "Urbano", "Clássica": "Clássico",
}  # fmt: skip


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
    kind, colour = chance.choice(_KINDS), chance.choice(_COLOURS)
    line, size = chance.choice(_LINES), kind.sizes[chance.choice(range(len(_LETTERS)))]
    cents = kind.cents + chance.randrange(-8, 30) * 100
    sku = _code(kind, line, colour, size)
    if place % 10 == 0:
        sku = f"{chance.randrange(10_000):07d}"
    elif place % 17 == 0:
        sku = f"{kind.code.lower()}_{colour.lower()}_{place}"
    lightest, heaviest = kind.grams
    grams = lightest + (heaviest - lightest) * (chance.randrange(50, 1500) - 50) // 1450
    words = (kind.name, *(_agreeing(kind, word) for word in (line, colour)), size)
    return DataItem(sku, " ".join(words), f"{cents // 100}.{cents % 100:02d}", grams)


def _code(kind: Kind, line: str, colour: str, size: str) -> str:
    parts = (kind.code, line[:3], colour[:3], size.partition(" ")[0])
    letters = normalize("NFD", "-".join(parts)).encode("ascii", "ignore").decode()
    return letters.upper()


def _agreeing(kind: Kind, word: str) -> str:
    """Answer the word in the gender of the kind."""
    return _MASCULINE.get(word, word) if kind.is_masculine else word
