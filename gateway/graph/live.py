"""A subscription's answers as they come."""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from itertools import chain

from gateway.graph.moments import AtOnce, LiveAnswer, Moment, close
from gateway.graph.sharing import Circle
from gateway.graph.telling import Teller


class LiveAnswers:
    """Answers what a source tells, lot by lot of its moments, until it fails or is closed.

    Whoever reads closes it; a wait for the next answer that is cancelled ends it too.
    """

    def __init__(
        self,
        lots: AsyncIterator[Sequence[Moment]],
        at_once: AtOnce,
        teller: Teller,
        circle: Circle,
    ) -> None:
        self._lots = lots
        self._at_once = at_once
        self._teller = teller
        self._circle = circle
        self._waiting: deque[LiveAnswer] = deque()
        self._is_over = False

    async def begin(self) -> None:
        """Have the first answers ready; raises what keeps the source from beginning."""
        await self._go_on()

    def __aiter__(self) -> "LiveAnswers":
        return self

    async def __anext__(self) -> LiveAnswer:
        if not self._waiting and not self._is_over:
            await self._go_on_or_end()
        if not self._waiting:
            raise StopAsyncIteration
        return self._waiting.popleft()

    def hand_to(self, take: Callable[[LiveAnswer], bool]) -> None:
        """Let answers be taken as they are made, while the next one is waited for.

        What is not taken so is answered as ever, and what goes wrong is met there again.
        """

        def tell(moment: Moment) -> bool:
            try:
                answers = self._made_at_once(moment)
            except Exception:  # noqa: BLE001
                return False
            return answers is not None and len(answers) == 1 and take(answers[0])

        self._at_once.by = tell

    async def aclose(self) -> None:
        """Give it up; nothing is left of it."""
        self._at_once.by = None
        if not self._is_over:
            self._is_over = True
            self._waiting.clear()
            self._circle.leave()
            self._teller.leave()
        await close(self._lots)

    async def _go_on(self) -> None:
        self._waiting.extend(await self._made(await anext(self._lots)))

    async def _go_on_or_end(self) -> None:
        """Have more answers; the last one says what went wrong."""
        try:
            await self._go_on()
        except StopAsyncIteration:
            await self.aclose()
        except Exception as error:  # noqa: BLE001
            await self.aclose()
            self._waiting.append(self._teller.failed(error))

    async def _made(self, lot: Sequence[Moment]) -> Iterable[LiveAnswer]:
        """Answer what is told of each moment, made in common where it cannot be made at once."""
        told = {each.key: self._made_at_once(each) for each in lot}
        others = {each.key: each for each in lot if told[each.key] is None}
        if others:
            answers = await self._circle.get(others, self._teller.answers)
            told.update(zip(others, answers, strict=True))
        return chain.from_iterable(each for each in told.values() if each is not None)

    def _made_at_once(self, moment: Moment) -> Sequence[LiveAnswer] | None:
        return self._circle.at_once(moment.key, lambda: self._teller.plainly(moment))
