"""The sample's places, goods and stock: believable, and awkward where real ones are."""

import re
from collections import Counter
from datetime import UTC, datetime

from gateway.demo.catalogue import UNMAPPED_SKU
from gateway.demo.sample import generate_sample

SAMPLE = generate_sample(datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


def test_places_are_centres_stores_and_partners_that_own_themselves() -> None:
    assert Counter(place.type for place in SAMPLE.locations) == {
        "DISTRIBUTION_CENTER": 6, "STORE": 29, "PARTNER": 5,
    }  # fmt: skip
    owners = Counter(place.owner for place in SAMPLE.locations)
    assert owners.pop("Trama Modas") == 35
    assert set(owners.values()) == {1}
    assert len({place.name for place in SAMPLE.locations}) == 40
    assert len({(place.latitude, place.longitude) for place in SAMPLE.locations}) == 34


def test_every_place_is_kept_by_one_system() -> None:
    kept = Counter((place.type, place.kept_by) for place in SAMPLE.locations)
    assert kept == {
        ("DISTRIBUTION_CENTER", "warehouse"): 6, ("STORE", "warehouse"): 18,
        ("STORE", "till"): 11, ("PARTNER", "ledger"): 5,
    }  # fmt: skip
    tills = {place.code for place in SAMPLE.locations if place.kept_by == "till"}
    counted = [stock for stock in SAMPLE.stock if stock.location in tills]
    assert {(stock.allocated, stock.reserve) for stock in counted} == {(0, 0)}


def test_every_place_has_a_postal_code_a_state_and_coordinates_in_brazil() -> None:
    for place in SAMPLE.locations:
        assert re.fullmatch(r"\d{5}-\d{3}", place.postal_code)
        assert re.fullmatch(r"[A-Z]{2}", place.region)
        assert place.latitude is not None
        assert place.longitude is not None
        assert -33.8 < place.latitude < 5.3
        assert -74.0 < place.longitude < -34.7


def test_sku_codes_have_leading_zeros_and_both_cases_and_no_accents() -> None:
    codes = [item.sku for item in SAMPLE.items]
    assert sum(1 for code in codes if re.fullmatch(r"0\d{6}", code)) == 200
    assert sum(1 for code in codes if code != code.upper()) > 100
    assert all(code.isascii() and " " not in code for code in codes)
    assert len({code.lower() for code in codes}) == 2000


def test_titles_agree_in_gender_and_prices_have_two_digits() -> None:
    titles = {item.sku: item.title for item in SAMPLE.items}
    assert titles["CAM-AZUL-M"] == "Camiseta Essencial Azul M"
    assert titles["0012345"] == "Caneca Raiz Branca"
    masculine = [t for t in titles.values() if t.startswith(("Tênis", "Boné", "Vestido", "Jogo"))]
    assert not [t for t in masculine if re.search(r"Pret[a]|Branca|Vermelha|Amarela|Urbana", t)]
    for item in SAMPLE.items:
        assert re.fullmatch(r"\d+\.\d{2}", item.price)
        assert item.weight_grams is not None
        assert 30 <= item.weight_grams <= 1900


def test_every_sku_of_the_catalogue_is_in_three_to_twelve_places() -> None:
    places = Counter(stock.sku for stock in SAMPLE.stock)
    assert set(places) == {item.sku for item in SAMPLE.items} - {UNMAPPED_SKU}
    assert set(places.values()) == set(range(3, 13))
    assert len({(stock.sku, stock.location) for stock in SAMPLE.stock}) == len(SAMPLE.stock)
    assert {stock.location for stock in SAMPLE.stock} == {p.code for p in SAMPLE.locations}


def test_stock_has_nothing_little_and_much_and_never_more_promised_than_there_is() -> None:
    assert all(0 <= stock.allocated <= stock.on_hand for stock in SAMPLE.stock)
    assert all(0 <= stock.reserve <= 5 for stock in SAMPLE.stock)
    none = sum(1 for stock in SAMPLE.stock if stock.on_hand == 0)
    low = sum(1 for stock in SAMPLE.stock if 0 < stock.on_hand <= 5)
    assert none > 1000
    assert low > 1000
    assert max(stock.on_hand for stock in SAMPLE.stock) == 199


def test_the_stock_that_the_docs_quote_is_fixed() -> None:
    quoted = [s for s in SAMPLE.stock if s.sku == "CAM-AZUL-M"]
    assert [(s.location, s.on_hand, s.allocated, s.reserve) for s in quoted] == [
        ("CD-SPO-01", 120, 14, 5), ("LJ-RIO-01", 7, 0, 0), ("LJ-POA-01", 0, 0, 0),
    ]  # fmt: skip
