"""What an account's situations of sales orders are called and amount to."""

from collections.abc import Mapping

from connectors.bling import wire
from connectors.bling.client import BlingClient
from connectors.bling.mapping import SITUATIONS
from gateway.connect.deadline import Deadline
from gateway.connect.decoding import decode
from gateway.connect.errors import NotFound, UnknownValue
from gateway.model.order import ChannelState

Meaning = tuple[str, ChannelState]


class Situations:
    """Bling's own situations are known; an account's are read once, each alone."""

    def __init__(self, client: BlingClient, states: Mapping[str, ChannelState]) -> None:
        self._client = client
        self._states = states
        self._known: dict[int, Meaning] = dict(SITUATIONS)

    async def meaning(self, situation_id: int, deadline: Deadline) -> Meaning:
        """Answer a situation's name and state; raises UnknownValue where it has none."""
        if situation_id not in self._known:
            self._known[situation_id] = await self._read(situation_id, deadline)
        return self._known[situation_id]

    async def _read(self, situation_id: int, deadline: Deadline) -> Meaning:
        try:
            answer = await self._client.situation(situation_id, deadline)
        except NotFound:
            raise _unknown(situation_id) from None
        single = decode(answer.body, wire.Single)
        told = decode(single.data, wire.OrderSituation)
        inherited = SITUATIONS.get(told.id_herdado or 0)
        state = self._states.get(str(situation_id)) or (inherited[1] if inherited else None)
        if state is None:
            raise _unknown(situation_id)
        return told.nome, state


def _unknown(situation_id: int) -> UnknownValue:
    return UnknownValue(
        f"the situation {situation_id} inherits from none of Bling's: name its state in `states`",
        "situacao.id",
    )
