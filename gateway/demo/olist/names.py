"""What Olist took out to protect people, made up by rule; and its words in readable form."""

from hashlib import sha256

_FIRST = ("Alex", "Bruna", "Caio", "Dora", "Elis", "Fábio", "Gil", "Hugo", "Iara", "João")
_LAST = ("Amaral", "Brito", "Cunha", "Dias", "Esteves", "Farias", "Guerra", "Horta", "Leal")
_SMALL = {"da", "das", "de", "do", "dos", "e"}
_WRITTEN = {
    "acessorios": "acessórios", "area": "área", "bebes": "bebês", "blu": "Blu", "cafe": "café",
    "calcados": "calçados", "cds": "CDs", "climatizacao": "climatização", "colchao": "colchão",
    "comercio": "comércio", "construcao": "construção", "decoracao": "decoração",
    "domesticas": "domésticas", "dvds": "DVDs", "eletrodomesticos": "eletrodomésticos",
    "eletronicos": "eletrônicos", "eletroportateis": "eletroportáteis",
    "escritorio": "escritório", "iluminacao": "iluminação", "impressao": "impressão",
    "industria": "indústria", "informatica": "informática", "moveis": "móveis",
    "musica": "música", "negocios": "negócios", "pc": "PC", "pcs": "PCs",
    "portateis": "portáteis", "ray": "Ray", "relogios": "relógios", "saude": "saúde",
    "seguranca": "segurança", "servico": "serviço", "servicos": "serviços",
    "sinalizacao": "sinalização", "tecnicos": "técnicos",
}  # fmt: skip


def simulated_name(person: str) -> tuple[str, str]:
    """Answer a first and a last name, the same for the same person, and marked as made up."""
    chance = sha256(person.encode()).digest()
    return _FIRST[chance[0] % len(_FIRST)], f"{_LAST[chance[1] % len(_LAST)]} (simulado)"


def title(category: str | None, product: str) -> str:
    """Answer a title of a product that has no name: its category, and the start of its id."""
    words = [_WRITTEN.get(word, word) for word in (category or "produto").split("_")]
    text = " ".join(words)
    return f"{text[0].upper()}{text[1:]} {product[:8]}"


def place(city: str) -> str:
    """Answer a city's name with capitals; Olist has neither capitals nor accents."""
    words = [word if word in _SMALL else word.title() for word in city.split()]
    return " ".join(words)
