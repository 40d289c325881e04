"""The sample's customers: names, streets and CPFs by chance, the check digits right."""

from random import Random

from gateway.connect.testing.dataset import DataAddress, DataCustomer
from gateway.demo.geography import CITIES, City

HERO_CUSTOMER_REF = "cliente-0001"
_FIRST = (
    "Ana", "Beatriz", "Carlos", "Daniela", "Eduardo", "Fernanda", "Gabriel", "Helena", "Igor",
    "Juliana", "Lucas", "Mariana", "Nelson", "Olívia", "Paulo", "Rafaela", "Sérgio", "Tatiana",
)  # fmt: skip
_LAST = (
    "Souza", "Silva", "Oliveira", "Santos", "Pereira", "Lima", "Costa", "Ferreira", "Almeida",
    "Ribeiro", "Carvalho", "Gomes", "Martins", "Araújo", "Barbosa",
)  # fmt: skip
_STREETS = (
    "Rua das Flores", "Avenida Brasil", "Rua Sete de Setembro", "Rua XV de Novembro",
    "Avenida Getúlio Vargas", "Rua da Paz", "Rua Santos Dumont", "Avenida Rio Branco",
)  # fmt: skip
_DISTRICTS = ("Centro", "Jardim América", "Boa Vista", "Vila Nova", "Santo Antônio")


def make_people(count: int, chance: Random) -> list[tuple[DataCustomer, DataAddress]]:
    """Answer customers with where they live; the first is the one that the docs quote."""
    hero_city = chance.choice(CITIES)
    hero = _customer(1, "Ana", "Souza", cpf(123456789), hero_city)
    people = [(hero, _address(hero_city, chance))]
    for place in range(2, count + 1):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        tax_id = cpf(chance.randrange(10**8, 10**9))
        city = chance.choice(CITIES)
        people.append((_customer(place, first, last, tax_id, city), _address(city, chance)))
    return people


def cpf(root: int) -> str:
    """Answer a CPF of nine digits with its two check digits (modulo 11)."""
    digits = [int(each) for each in f"{root:09d}"]
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(d * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits.append(0 if rest == 10 else rest)
    return "".join(map(str, digits))


def _customer(place: int, first: str, last: str, tax_id: str, city: City) -> DataCustomer:
    return DataCustomer(
        ref=f"cliente-{place:04d}",
        first_name=first,
        last_name=last,
        email=f"cliente{place}@example.com",
        tax_id=tax_id,
        phone=f"+55{city.area_code}9{55550000 + place}",
    )


def _address(city: City, chance: Random) -> DataAddress:
    return DataAddress(
        chance.choice(_STREETS), str(chance.randrange(1, 2000)), chance.choice(_DISTRICTS),
        city.name, city.region, city.postal_code, city.latitude, city.longitude,
    )  # fmt: skip
