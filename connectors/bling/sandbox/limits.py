"""What Bling allows one account: three requests a second and 120,000 a day of Sao Paulo."""

from datetime import date

from aiohttp import web

from connectors.bling.sandbox.access import refusal
from connectors.bling.sandbox.forms import SAO_PAULO
from gateway.connect.testing.traffic import Bucket
from gateway.model.time import Clock

PER_SECOND = 3
PER_DAY = 120_000


class Budget:
    """An account's requests; a speed factor multiplies both limits."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock = clock
        self._second = Bucket(PER_SECOND, PER_SECOND * speed, clock, speed)
        self._per_day = int(PER_DAY * speed)
        self._day: date | None = None
        self.taken = 0

    def refused(self) -> web.Response | None:
        """Count a request; answer 429 for one too many. https://developer.bling.com.br/limites"""
        today = self._clock.now().astimezone(SAO_PAULO).date()
        if today != self._day:
            self._day, self.taken = today, 0
        if self.taken >= self._per_day:
            text = "O limite de requisições por dia foi atingido, tente novamente amanhã."
            return _too_many(text, PER_DAY, "day")
        if self._second.take():
            text = "O limite de requisições por segundo foi atingido, tente novamente mais tarde."
            return _too_many(text, PER_SECOND, "second")
        self.taken += 1
        return None


def _too_many(description: str, limit: int, period: str) -> web.Response:
    return refusal(429, "TOO_MANY_REQUESTS", description, limit=limit, period=period)
