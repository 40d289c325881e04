"""Who a credential makes of its bearer, and which are refused."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Any

import aiohttp
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from gateway.demo.issuer import DemoIssuer, make_demo_issuer
from gateway.model.principal import Principal, PrincipalKind, Reach, Scope
from gateway.web.scopes import DEFAULT_SCOPES
from tests.integration.web.serving import (
    OPERATOR_KEY,
    PARTNER_KEY,
    STOREFRONT_KEY,
    Backstage,
    app_of,
    running,
    settings_with,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
ASKED = {"query": "{greet}"}


class PublishedKeys:
    """An issuer's key set as it is fetched: counted, replaceable, breakable."""

    def __init__(self, *keys: Any) -> None:
        self.text = key_set(*keys)
        self.failure: Exception | None = None
        self.fetched = 0

    async def fetch(self, url: str) -> bytes:
        self.fetched += 1
        await asyncio.sleep(0)
        if self.failure is not None:
            raise self.failure
        return self.text


def key_set(*keys: Any) -> bytes:
    return orjson.dumps({"keys": [key.as_dict(private=False) for key in keys]})


class Shop:
    """A gateway that knows one issuer."""

    def __init__(self) -> None:
        self.backstage = Backstage()
        self.issuer = make_demo_issuer(self.backstage.clock)
        self.published = PublishedKeys(self.issuer.key)
        self.app = app_of(self.backstage, settings_with(), self.published.fetch)


@pytest.fixture
def shop() -> Shop:
    return Shop()


async def status_of(client: aiohttp.ClientSession, headers: dict[str, str]) -> int:
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        if response.status == 401:
            answer = await response.json()
            assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="trama"'
        return response.status


def bearer(credential: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {credential}"}


@pytest.mark.parametrize("header", ["bearer", "api-key"])
@pytest.mark.parametrize(
    ("key", "principal"),
    [
        (
            STOREFRONT_KEY,
            Principal(
                "key:shop",
                PrincipalKind.STOREFRONT,
                frozenset({Scope.AVAILABILITY_READ, Scope.LOCATIONS_READ, Scope.ORDER_STATUS_READ}),
                Reach(),
                quantity_cap=10,
            ),
        ),
        (
            PARTNER_KEY,
            Principal(
                "key:seller",
                PrincipalKind.PARTNER,
                DEFAULT_SCOPES[PrincipalKind.PARTNER],
                Reach(channels=frozenset({"web"}), owners=frozenset({"seller-9"})),
            ),
        ),
        (
            OPERATOR_KEY,
            Principal(
                "key:care",
                PrincipalKind.OPERATOR,
                frozenset(Scope) - {Scope.SCHEMA_READ},
                Reach(everything=True),
            ),
        ),
    ],
)
async def test_a_key_tells_its_principal(
    client: aiohttp.ClientSession,
    backstage: Backstage,
    header: str,
    key: str,
    principal: Principal,
) -> None:
    headers = bearer(key) if header == "bearer" else {"X-Api-Key": key}
    assert await status_of(client, headers) == 200
    assert backstage.principal == principal


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer ")],
        [("Authorization", f"Basic {PARTNER_KEY}")],
        [("Authorization", PARTNER_KEY)],
        [("Authorization", f"Bearer {PARTNER_KEY}x")],
        [("Authorization", f"Bearer {PARTNER_KEY[:-1]}")],
        [("Authorization", "Bearer " + "x" * 9000)],
        [("Authorization", "Bearer ünïcode-key-0123456789")],
        [("X-Api-Key", "")],
        [("X-Api-Key", PARTNER_KEY.upper())],
        [("X-Api-Key", PARTNER_KEY), ("Authorization", f"Bearer {OPERATOR_KEY}")],
        [("X-Api-Key", PARTNER_KEY), ("X-Api-Key", OPERATOR_KEY)],
    ],
)
async def test_anything_else_is_nobody(
    client: aiohttp.ClientSession, backstage: Backstage, headers: list[tuple[str, str]]
) -> None:
    async with client.post("/graphql", json=ASKED, headers=headers) as response:
        answer = await response.json()
        assert response.status == 401
        assert answer["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
    assert backstage.asked == []


async def test_a_key_may_have_scopes_of_its_own(backstage: Backstage) -> None:
    key = {
        "id": "erp",
        "kind": "operator",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "scopes": ["stock:read"],
        "channels": ["web"],
    }
    async with running(app_of(backstage, settings_with(keys=[key]))) as client:
        assert await status_of(client, bearer("test")) == 200
    assert backstage.principal == Principal(
        "key:erp",
        PrincipalKind.OPERATOR,
        frozenset({Scope.STOCK_READ}),
        Reach(channels=frozenset({"web"})),
    )


async def test_a_customer_reaches_what_the_token_proves(shop: Shop) -> None:
    claims = {
        "customer_refs": [["shop", "c-1"], ["till", "77"]],
        "email": " Ana@Example.com ",
        "email_verified": True,
        "phone_number": "+5511999999999",
        "phone_number_verified": True,
    }
    async with running(shop.app) as client:
        assert await status_of(client, bearer(shop.issuer.issue("u-1", claims))) == 200
    assert shop.backstage.principal == Principal(
        "customer:u-1",
        PrincipalKind.CUSTOMER,
        DEFAULT_SCOPES[PrincipalKind.CUSTOMER],
        Reach(
            customer_refs=frozenset({("shop", "c-1"), ("till", "77")}),
            verified_emails=frozenset({"ana@example.com"}),
        ),
    )


@pytest.mark.parametrize("verified", [None, False, "true", 1])
async def test_an_unverified_address_reaches_nothing(shop: Shop, verified: object) -> None:
    token = shop.issuer.issue("u-1", {"email": "ana@example.com", "email_verified": verified})
    async with running(shop.app) as client:
        assert await status_of(client, bearer(token)) == 200
    assert shop.backstage.principal.reach == Reach()


def signed(issuer: DemoIssuer, key: Any = None, alg: str = "ES256", **claims: Any) -> str:
    """Answer a token whose header and claims the test chooses; a None leaves a claim out."""
    now = int(issuer.clock.now().timestamp())
    usual = {"iss": issuer.issuer, "aud": issuer.audience, "exp": now + 60, "sub": "u-1"}
    told = {name: value for name, value in {**usual, **claims}.items() if value is not None}
    header = {"alg": alg, "kid": issuer.key.kid}
    return jwt.encode(header, told, key or issuer.key, algorithms=[alg])


NOW = int(Backstage().clock.now().timestamp())


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 200),
        ({"aud": ["other", "trama"]}, 200),
        ({"exp": NOW - 29}, 200),
        ({"nbf": NOW + 30}, 200),
        ({"exp": NOW - 30}, 401),
        ({"exp": None}, 401),
        ({"exp": "soon"}, 401),
        ({"exp": True}, 401),
        ({"nbf": NOW + 31}, 401),
        ({"iat": NOW + 3600}, 401),
        ({"iss": "https://other.example.com"}, 401),
        ({"iss": None}, 401),
        ({"aud": "other"}, 401),
        ({"aud": None}, 401),
        ({"aud": {"trama": 1}}, 401),
        ({"sub": None}, 401),
        ({"sub": ""}, 401),
        ({"sub": 7}, 401),
        ({"sub": "a\x00b"}, 401),
        ({"customer_refs": "all"}, 401),
        ({"customer_refs": [["shop"]]}, 401),
        ({"customer_refs": [["shop", 7]]}, 401),
        ({"customer_refs": [["shop", "a\x00"]]}, 401),
        ({"customer_refs": [["shop", str(i)] for i in range(101)]}, 401),
    ],
)
async def test_claims_are_checked(shop: Shop, claims: dict[str, Any], status: int) -> None:
    async with running(shop.app) as client:
        assert await status_of(client, bearer(signed(shop.issuer, **claims))) == status


async def test_a_token_that_is_not_the_issuers_is_refused(shop: Shop) -> None:
    good = signed(shop.issuer)
    head, payload, signature = good.split(".")
    stranger = ECKey.generate_key("P-256")
    as_secret = OctKey.import_key({"kty": "oct", "k": shop.issuer.key.as_dict()["x"]})
    forged = [
        signed(shop.issuer, stranger),
        signed(shop.issuer, as_secret, alg="HS256"),
        signed(shop.issuer, ECKey.generate_key("P-384"), alg="ES384"),
        f"{head}.{payload}.",
        f"{head}.{payload}.{signature[:-4]}AAAA",
        f"{head}.{payload[:-2]}.{signature}",
        "eyJhbGciOiJub25lIn0." + payload + ".",
        "eyJhbGciOlsiRVMyNTYiXX0." + payload + "." + signature,
        "bnVsbA." + payload + "." + signature,
        "..",
        "a.b.c",
    ]
    async with running(shop.app) as client:
        assert [await status_of(client, bearer(token)) for token in forged] == [401] * len(forged)
        assert await status_of(client, bearer(good)) == 200
    assert len(shop.backstage.asked) == 1


async def test_a_token_is_no_api_key(shop: Shop) -> None:
    async with running(shop.app) as client:
        assert await status_of(client, {"X-Api-Key": signed(shop.issuer)}) == 401


async def test_tokens_are_refused_where_no_issuer_is_configured(backstage: Backstage) -> None:
    token = make_demo_issuer(backstage.clock).issue("u-1", {})
    async with running(app_of(backstage, settings_with(customers=None))) as client:
        assert await status_of(client, bearer(token)) == 401


async def test_a_new_key_of_the_issuer_is_found_without_a_restart(shop: Shop) -> None:
    successor = make_demo_issuer(shop.backstage.clock)
    async with running(shop.app) as client:
        assert await status_of(client, bearer(signed(shop.issuer))) == 200
        shop.published.text = key_set(shop.issuer.key, successor.key)
        assert await status_of(client, bearer(signed(successor))) == 401
        shop.backstage.clock.seconds += 31
        assert await status_of(client, bearer(signed(successor))) == 200
        assert await status_of(client, bearer(signed(shop.issuer))) == 200
    assert shop.published.fetched == 2


async def test_a_withdrawn_key_is_refused_once_the_set_is_fetched_anew(shop: Shop) -> None:
    successor = make_demo_issuer(shop.backstage.clock)
    async with running(shop.app) as client:
        assert await status_of(client, bearer(signed(shop.issuer))) == 200
        shop.published.text = key_set(successor.key)
        shop.backstage.clock.seconds += 601
        assert await status_of(client, bearer(signed(shop.issuer))) == 401
    assert shop.published.fetched == 2


async def test_unknown_keys_do_not_make_the_issuer_be_asked_again(shop: Shop) -> None:
    strangers = [make_demo_issuer(shop.backstage.clock) for _ in range(5)]
    async with running(shop.app) as client:
        answers = await asyncio.gather(
            *(status_of(client, bearer(signed(stranger))) for stranger in strangers)
        )
    assert (answers, shop.published.fetched) == ([401] * 5, 1)


@pytest.mark.parametrize(
    "failure", [OSError("down"), ValueError("status 500"), TimeoutError(), aiohttp.ClientError()]
)
async def test_without_the_issuers_keys_no_token_is_judged(shop: Shop, failure: Exception) -> None:
    shop.published.failure = failure
    async with running(shop.app) as client:
        async with client.post(
            "/graphql", json=ASKED, headers=bearer(signed(shop.issuer))
        ) as response:
            answer = await response.json()
            assert response.status == 503
            assert answer["errors"][0]["extensions"] == {"code": "ISSUER_UNAVAILABLE"}
        assert await status_of(client, bearer(PARTNER_KEY)) == 200


async def test_known_keys_outlive_an_outage_of_the_issuer(shop: Shop) -> None:
    async with running(shop.app) as client:
        assert await status_of(client, bearer(signed(shop.issuer))) == 200
        shop.published.failure = OSError("down")
        shop.backstage.clock.seconds += 3600
        assert await status_of(client, bearer(signed(shop.issuer))) == 200
        shop.backstage.clock.seconds += 86_400
        assert await status_of(client, bearer(signed(shop.issuer))) == 503


async def test_keys_that_cannot_verify_are_left_out(shop: Shop) -> None:
    published = orjson.loads(key_set(shop.issuer.key))
    weak = rsa.generate_private_key(65537, 1024).public_key().public_numbers()
    modulus = urlsafe_b64encode(weak.n.to_bytes(128, "big")).rstrip(b"=").decode()
    published["keys"] += [
        7,
        {},
        {"kty": "AKP", "kid": "new"},
        {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"},
        {"kty": "EC", "kid": "cut", "crv": "P-256", "x": "AA"},
        {"kty": "RSA", "kid": ["list"]},
        {"kty": "RSA", "kid": "weak", "e": "AQAB", "n": modulus},
    ]
    shop.published.text = orjson.dumps(published)
    async with running(shop.app) as client:
        assert await status_of(client, bearer(signed(shop.issuer))) == 200


@pytest.mark.parametrize("text", [b"<html>", b"[]", b"{}", b'{"keys": 7}', b" " * 300_000])
async def test_what_is_no_key_set_is_as_none(shop: Shop, text: bytes) -> None:
    shop.published.text = text
    async with running(shop.app) as client:
        assert await status_of(client, bearer(signed(shop.issuer))) == 503
