"""The sample's customers: names by chance, CPFs whose digits check and that belong to nobody."""

from random import Random

from gateway.connect.testing.dataset import DataAddress, DataCustomer
from gateway.demo.geography import CITIES

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
    hero = DataCustomer(
        HERO_CUSTOMER_REF, "Ana", "Souza", "ana.souza@example.com", cpf(123456789), "+5511955550001"
    )
    people = [(hero, _address(chance))]
    for place in range(2, count + 1):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        people.append(
            (
                DataCustomer(
                    f"cliente-{place:04d}", first, last, f"cliente{place}@example.com",
                    cpf(chance.randrange(10**8, 10**9)), f"+55119{55550000 + place}",
                ),
                _address(chance),
            )
        )  # fmt: skip
    return people


def cpf(root: int) -> str:
    """Answer a CPF of nine digits with its two check digits (modulo 11)."""
    digits = [int(each) for each in f"{root:09d}"]
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        rest = sum(d * w for d, w in zip(digits, weights, strict=True)) * 10 % 11
        digits.append(0 if rest == 10 else rest)
    return "".join(map(str, digits))


def _address(chance: Random) -> DataAddress:
    city = chance.choice(CITIES)
    return DataAddress(
        chance.choice(_STREETS), str(chance.randrange(1, 2000)), chance.choice(_DISTRICTS),
        city.name, city.region, city.postal_code, city.latitude, city.longitude,
    )  # fmt: skip
