"""The generated sample's cities lie where they lie in the real files."""

import csv
from math import cos, hypot, radians

import pytest

from gateway.demo.geography import CITIES, City
from gateway.demo.sample import make_locations

from .whole_set import FOLDER, needs_the_files, query

pytestmark = needs_the_files
KILOMETRES_PER_DEGREE = 111.2


def _municipalities() -> dict[tuple[str, str], tuple[float, float, str]]:
    folder = FOLDER / "other" / "municipios"
    with (folder / "estados.csv").open(encoding="utf-8-sig") as file:
        states = {row["codigo_uf"]: row["uf"] for row in csv.DictReader(file)}
    with (folder / "municipios.csv").open(encoding="utf-8-sig") as file:
        return {
            (row["nome"], states[row["codigo_uf"]]):
                (float(row["latitude"]), float(row["longitude"]), row["ddd"])
            for row in csv.DictReader(file)
        }  # fmt: skip


def _kilometres(city: City, latitude: float, longitude: float) -> float:
    east = (city.longitude - longitude) * cos(radians(latitude))
    return KILOMETRES_PER_DEGREE * hypot(city.latitude - latitude, east)


@pytest.mark.parametrize("city", CITIES, ids=lambda city: city.code)
def test_a_city_has_its_own_coordinates_postal_code_and_telephone_code(city: City) -> None:
    latitude, longitude, area_code = _municipalities()[city.name, city.region]
    assert _kilometres(city, latitude, longitude) < 6
    assert city.area_code == area_code
    near = query("SELECT zip, lat, lng, state FROM {geo_zip_prefix_median}")
    ((near_latitude, near_longitude, state),) = [
        tuple(rest) for prefix, *rest in near if prefix == city.postal_code[:5]
    ]
    assert _kilometres(city, near_latitude, near_longitude) < 4
    assert city.region == state


def test_every_location_is_in_one_of_the_cities() -> None:
    known = {(city.name, city.region, city.postal_code) for city in CITIES}
    assert {(p.city, p.region, p.postal_code) for p in make_locations()} == known
