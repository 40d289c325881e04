"""Executes a document for one caller: once, or for each event of a subscription."""

from collections import Counter
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
)
from contextlib import AsyncExitStack, suppress
from functools import partial
from itertools import islice
from random import random
from typing import Any

from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError
from graphql.execution import create_source_event_stream

from gateway.connect.deadline import Deadline
from gateway.engine.keeping import MOST_BYTES
from gateway.engine.response import Response
from gateway.federation.allowance import Allowance
from gateway.graph.asking import Answer, Ask
from gateway.graph.bounds import Bounds
from gateway.graph.charging import REPORT, VALIDATE, charge, told_cost
from gateway.graph.context import Context
from gateway.graph.documents import MOST_KEPT, Documents, Telling
from gateway.graph.executors import Admitted, Executors
from gateway.graph.faults import Faults
from gateway.graph.live import LiveAnswers
from gateway.graph.moments import AtOnce
from gateway.graph.refusals import OperationRefused, only_by_post, stream_required
from gateway.graph.sampling import Outcome, Sample, Sampling
from gateway.graph.schema import Schemas
from gateway.graph.services import Services
from gateway.graph.sharing import Sharing
from gateway.graph.telling import PlainTelling, Teller, in_time
from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
from gateway.settings import DocumentLimits


class GraphExecutor:
    """The schemas with their services."""

    def __init__(
        self,
        schemas: Schemas,
        services: Services,
        clock: Clock,
        *,
        limits: DocumentLimits,
        bounds: Mapping[PrincipalKind, Bounds],
        deadline_seconds: float,
        new_id: Callable[[], str],
        introspection: bool = False,
        uses_engine: bool = True,
        sample_rate: float = 0.0,
        most_kept_bytes: int = MOST_BYTES,
    ) -> None:
        self._schemas = schemas
        self._documents = {
            each: Documents(each.executable, limits, introspection=introspection)
            for each in (schemas.callers, schemas.routers)
        }
        self._executors = Executors(
            schemas,
            introspection=introspection,
            uses_engine=uses_engine,
            most_kept_bytes=most_kept_bytes,
        )
        self._services = services
        self._clock = clock
        self._bounds = bounds
        self._deadline_seconds = deadline_seconds
        self._faults = Faults(new_id)
        self._sharing = Sharing(clock)
        self._sampling = Sampling(sample_rate, random) if sample_rate and uses_engine else None

    @property
    def counts(self) -> Counter[str]:
        """Answer how many operations were compiled, or handed over by reason, so far."""
        return self._executors.counts

    @property
    def samples(self) -> Counter[Outcome]:
        """Answer what became of the queries that were to be compared so far."""
        return Counter() if self._sampling is None else self._sampling.counts

    async def close(self) -> None:
        """Give up what is being compared."""
        if self._sampling is not None:
            await self._sampling.close()

    def prepare(self, texts: Iterable[str]) -> None:
        """Have documents ready before they are asked for; what cannot be executed is left."""
        documents = self._documents[self._schemas.callers]
        for text in islice(texts, MOST_KEPT):
            with suppress(GraphQLSyntaxError, OperationRefused):
                if not documents.get(text).errors:
                    self._executors.prepare(documents.hold(text))

    def begin(self, ask: Ask, principal: Principal) -> Answer | Coroutine[Any, Any, Answer]:
        """Execute a document as a caller, as far as nothing waits; one that cannot be is not.

        Answer what it came to, or what is left, to be awaited by the task that has begun it.
        """
        admitted = self._admitted(ask, principal)
        if isinstance(admitted, Answer):
            return admitted
        if admitted.operation.kind == "subscription":
            return self._refused(stream_required(), "subscription")
        bounds = self._bounds[principal.kind]
        context = self._context(principal, bounds, bounds.calls_per_source)
        begun = self._executors.begin(admitted, context)
        if not isinstance(begun, Response):
            return self._waited_for(begun, admitted, context, bounds)
        if self._sampling is not None:
            self._sample(self._sampling, admitted, context, begun)
        if begun.is_null:
            return self._failed(begun.errors, admitted.operation.kind)
        body = begun.body(self._faults.shown, self._beside(admitted, context))
        return Answer.of(admitted.operation, begun, body)

    async def _waited_for(
        self,
        begun: Coroutine[Any, Any, Response],
        admitted: Admitted,
        context: Context,
        bounds: Bounds,
    ) -> Answer:
        """Answer what was begun and had to wait; a large answer in pieces, letting others go on."""
        operation = admitted.operation
        try:
            response = await in_time(bounds.seconds, begun)
        except OperationRefused as refused:
            return self._refused(refused, operation.kind)
        finally:
            await context.close()
        if self._sampling is not None:
            self._sample(self._sampling, admitted, context, response)
        if response.is_null:
            return self._failed(response.errors, operation.kind)
        shown, beside = self._faults.shown, self._beside(admitted, context)
        if response.is_large:
            return Answer.of(operation, response, await response.pieces(shown, beside))
        return Answer.of(operation, response, response.body(shown, beside))

    def _beside(self, admitted: Admitted, context: Context) -> dict[str, Any]:
        """Answer what stands in a response's extensions."""
        beside: dict[str, Any] = {"now": context.now}
        return beside | self._cost(admitted) if admitted.tells_cost else beside

    async def open_live(
        self, ask: Ask, principal: Principal, resume_after: str | None = None
    ) -> LiveAnswers | Answer:
        """Open a subscription as a caller, and execute anything else.

        `resume_after` is the cursor to go on from, as the transport knows it: it goes before the
        document's own.
        """
        admitted = self._admitted(ask, principal)
        if isinstance(admitted, Answer):
            return admitted
        kind = admitted.operation.kind
        if kind != "subscription":
            begun = self.begin(ask, principal)
            return begun if isinstance(begun, Answer) else await begun
        try:
            return await self._open(admitted, resume_after)
        except OperationRefused as refused:
            return self._refused(refused, kind)

    def _admitted(self, ask: Ask, principal: Principal) -> Admitted | Answer:
        """Answer an operation that may be executed; or why it may not, or only its price."""
        kind: str | None = None
        try:
            document = self._documents[self._schemas.of(principal)].get(ask.query)
            operation = document.operation(ask.operation_name)
            kind = operation.kind
            if document.errors:
                return self._failed(document.errors, kind)
            admitted = Admitted(
                ask.query, document, operation, ask.variables, principal, ask.cost == REPORT
            )
            if ask.cost == VALIDATE:
                priced = {"extensions": self._cost(admitted)}
                return Answer(priced, is_executed=True, has_errors=False, operation_kind=kind)
            if ask.reads_only and kind == "mutation":
                raise only_by_post()
            charge(operation.price, ask.variables or {}, self._bounds[principal.kind].most_cost)
        except GraphQLSyntaxError as error:
            return self._failed([error], kind)
        except OperationRefused as refused:
            return self._refused(refused, kind)
        return admitted

    def _refused(self, refused: OperationRefused, kind: str | None) -> Answer:
        told = None if refused.code == "BAD_REQUEST" else refused.code
        body = {"errors": [self._faults.of(refused)]}
        return Answer(body, is_executed=False, operation_kind=kind, refusal=told)

    def _cost(self, admitted: Admitted) -> dict[str, Any]:
        budget = self._bounds[admitted.principal.kind].most_cost
        return {"cost": told_cost(admitted.operation.price, admitted.variables or {}, budget)}

    async def _open(self, admitted: Admitted, resume_after: str | None) -> LiveAnswers | Answer:
        bounds, kind = self._bounds[admitted.principal.kind], admitted.operation.kind
        opening = self._context(admitted.principal, bounds, bounds.calls_per_source, resume_after)
        opening.at_once = at_once = AtOnce()
        telling = await self._executors.telling(admitted)
        executor = self._executors.following(admitted, opening)
        if isinstance(executor, list):
            return self._failed(executor, kind)
        source = create_source_event_stream(executor)
        if isinstance(source, Awaitable):
            source = await source
        if isinstance(source, ExecutionResult):
            return self._failed(source.errors or (), kind)
        teller = self._teller(admitted, telling, opening)
        live = LiveAnswers(aiter(source), at_once, teller, self._sharing.join(admitted.circle))
        return await self._begin(admitted, live)

    async def _begin(self, admitted: Admitted, live: LiveAnswers) -> LiveAnswers | Answer:
        """Answer a subscription that has its first answers; what keeps it from that is answered."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(live.aclose)
            try:
                await in_time(self._bounds[admitted.principal.kind].seconds, live.begin())
            except OperationRefused:
                raise
            except Exception as error:  # noqa: BLE001
                return self._broken(error, admitted.operation.kind)
            stack.pop_all()
        return live

    def _teller(self, admitted: Admitted, telling: Telling, opened: Context) -> Teller:
        def renewed() -> Context:
            return self._context(admitted.principal, bounds, calls_per_source=0)

        bounds = self._bounds[admitted.principal.kind]
        plain = None
        if telling.plainly is not None:
            words = ("plain", admitted.text, admitted.operation.name)
            plain = PlainTelling(telling.plainly, self._sharing.join(words))
        return Teller(
            partial(telling.each, admitted.variables), opened, renewed, self._faults,
            self._clock.now, seconds=bounds.seconds, plain=plain,
        )  # fmt: skip

    def _context(
        self,
        principal: Principal,
        bounds: Bounds,
        calls_per_source: int,
        resume_after: str | None = None,
    ) -> Context:
        clock = self._clock
        return Context(
            principal, self._services, clock.now(),
            Deadline(clock.monotonic() + self._deadline_seconds, clock),
            bounds.floor, Allowance(calls_per_source), resume_after,
        )  # fmt: skip

    def _sample(
        self, sampling: Sampling, admitted: Admitted, answered: Context, response: Response
    ) -> None:
        """Let a share of the queries be compared; each execution has a context of its own."""
        if admitted.operation.kind != "query" or not sampling.draws():
            return
        if answered.allowance.is_used:
            sampling.leave()
            return

        async def again(
            execute: Callable[[Admitted, Context], Coroutine[Any, Any, Response]],
        ) -> Response:
            bounds = self._bounds[admitted.principal.kind]
            context = self._context(admitted.principal, bounds, calls_per_source=0)
            context.now = answered.now
            try:
                return await in_time(bounds.seconds, execute(admitted, context))
            finally:
                await context.close()

        ways = self._executors
        by_engine, by_core = partial(again, ways.execute), partial(again, ways.by_core)
        sampling.take(Sample(admitted.text, admitted.operation.name, response, by_engine, by_core))

    def _broken(self, error: Exception, kind: str) -> Answer:
        """Answer what kept a subscription from beginning: the caller's doing, or a fault."""
        told = None if isinstance(error, GraphQLError) else "INTERNAL"
        body = {"errors": [self._faults.of(error)]}
        return Answer(body, is_executed=False, operation_kind=kind, refusal=told)

    def _failed(self, errors: Iterable[GraphQLError], kind: str | None) -> Answer:
        body = {"errors": self._faults.all_of(errors)}
        return Answer(body, is_executed=False, operation_kind=kind)
