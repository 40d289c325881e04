"""Executes a document for one caller: once, or for each event of a subscription."""

from collections import Counter
from collections.abc import (
    AsyncIterable,
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
from typing import Any, NamedTuple, TypeVar

from graphql import ExecutionResult, GraphQLError, GraphQLSyntaxError
from graphql.execution import Executor, create_source_event_stream

from gateway.connect.deadline import Deadline
from gateway.engine.keeping import MOST_BYTES
from gateway.engine.pacing import pass_on
from gateway.federation.allowance import Allowance
from gateway.graph.bounds import Bounds
from gateway.graph.charging import REPORT, VALIDATE, charge, told_cost
from gateway.graph.context import Context
from gateway.graph.documents import MOST_KEPT, Documents, Operation
from gateway.graph.executors import Admitted, Executors, is_null
from gateway.graph.faults import Faults
from gateway.graph.live import LiveAnswers
from gateway.graph.refusals import OperationRefused
from gateway.graph.sampling import Outcome, Result, Sample, Sampling
from gateway.graph.schema import Schemas
from gateway.graph.services import Services
from gateway.graph.sharing import Sharing
from gateway.graph.telling import PlainTelling, Teller, in_time
from gateway.model.principal import Principal, PrincipalKind
from gateway.model.time import Clock
from gateway.settings import DocumentLimits

T = TypeVar("T")


class Ask(NamedTuple):
    """One request: a document, which of its operations, and its variables.

    `cost` says whether its price is wanted: REPORT beside the answer, VALIDATE instead of it.
    """

    document: str
    operation_name: str | None
    variables: dict[str, Any] | None
    reads_only: bool = False
    cost: str | None = None


class Answer(NamedTuple):
    """The response, as a map or as JSON, in pieces where it is large.

    `is_executed` says whether the document was fit for it.
    `refusal` is the code of a refusal that is not about the document's meaning; `is_public` says
    that nothing in the answer is anybody's own.
    """

    body: dict[str, Any] | bytes | tuple[bytes, ...]
    is_executed: bool
    has_errors: bool = True
    operation_kind: str | None = None
    refusal: str | None = None
    is_public: bool = False


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
        for text in islice(texts, MOST_KEPT):
            with suppress(GraphQLSyntaxError, OperationRefused):
                document = self._documents[self._schemas.callers].get(text)
                if not document.errors:
                    self._executors.prepare(document)

    async def run(self, ask: Ask, principal: Principal) -> Answer:
        """Execute a document as a caller; a document that cannot be executed is not."""
        return await self._guarded(ask, principal, self._run)

    async def open_live(
        self, ask: Ask, principal: Principal, resume_after: str | None = None
    ) -> LiveAnswers | Answer:
        """Open a subscription as a caller, and execute anything else.

        `resume_after` is the cursor to go on from, as the transport knows it: it goes before the
        document's own.
        """

        async def perform(admitted: Admitted) -> LiveAnswers | Answer:
            if admitted.operation.kind == "subscription":
                return await self._open(admitted, resume_after)
            return await self._run(admitted)

        return await self._guarded(ask, principal, perform)

    async def _guarded(
        self, ask: Ask, principal: Principal, perform: Callable[[Admitted], Awaitable[T]]
    ) -> T | Answer:
        """Perform an operation that may be executed; answer why where it may not."""
        kind: str | None = None
        try:
            documents = self._documents[self._schemas.of(principal)]
            document = documents.known(ask.document)
            if document is None:
                document = documents.get(ask.document)
                # That takes as long as a few small answers, and planning it takes as long again.
                await pass_on()
            operation = document.operation(ask.operation_name)
            kind = operation.kind
            if document.errors:
                return self._failed(document.errors, kind)
            if ask.cost == VALIDATE:
                priced = {"extensions": self._cost(operation, ask.variables, principal)}
                return Answer(priced, is_executed=True, has_errors=False, operation_kind=kind)
            self._admit(operation, ask, principal)
            tells = ask.cost == REPORT
            return await perform(
                Admitted(ask.document, document, operation, ask.variables, principal, tells)
            )
        except GraphQLSyntaxError as error:
            return self._failed([error], kind)
        except OperationRefused as refused:
            told = None if refused.code == "BAD_REQUEST" else refused.code
            body = {"errors": [self._faults.of(refused)]}
            return Answer(body, is_executed=False, operation_kind=kind, refusal=told)

    def _admit(self, operation: Operation, ask: Ask, principal: Principal) -> None:
        if ask.reads_only and operation.kind == "mutation":
            message = "by GET nothing is changed; send this by POST"
            raise OperationRefused("METHOD_NOT_ALLOWED", message)
        charge(operation.price, ask.variables or {}, self._bounds[principal.kind].most_cost)

    def _cost(
        self, operation: Operation, variables: dict[str, Any] | None, principal: Principal
    ) -> dict[str, Any]:
        budget = self._bounds[principal.kind].most_cost
        return {"cost": told_cost(operation.price, variables or {}, budget)}

    async def _run(self, admitted: Admitted) -> Answer:
        operation = admitted.operation
        if operation.kind == "subscription":
            message = (
                "a subscription is answered as a stream: open a WebSocket (graphql-transport-ws), "
                "or accept text/event-stream or multipart/mixed"
            )
            raise OperationRefused("STREAM_REQUIRED", message)
        bounds = self._bounds[admitted.principal.kind]
        context = self._context(admitted.principal, bounds.calls_per_source)
        try:
            result = await in_time(bounds.seconds, self._executors.execute(admitted, context))
        finally:
            await context.batches.close()
        if self._sampling is not None and operation.kind == "query" and self._sampling.draws():
            self._sample(self._sampling, admitted, context, result)
        if is_null(result):
            return self._failed(result.errors or (), operation.kind)
        more = None
        if admitted.tells_cost:
            more = self._cost(operation, admitted.variables, admitted.principal)
        return Answer(
            await self._faults.written(result, context.now, more), True, bool(result.errors),
            operation_kind=operation.kind, is_public=operation.is_public,
        )  # fmt: skip

    async def _open(self, admitted: Admitted, resume_after: str | None) -> LiveAnswers | Answer:
        bounds, kind = self._bounds[admitted.principal.kind], admitted.operation.kind
        opening = self._context(admitted.principal, bounds.calls_per_source, resume_after)
        executor = self._executors.following(admitted, opening)
        if isinstance(executor, list):
            return self._failed(executor, kind)
        source = create_source_event_stream(executor)
        if isinstance(source, Awaitable):
            source = await source
        if isinstance(source, ExecutionResult):
            return self._failed(source.errors or (), kind)
        teller = self._teller(admitted, executor, opening)
        return await self._begin(admitted, teller, source)

    async def _begin(
        self, admitted: Admitted, teller: Teller, source: AsyncIterable[Any]
    ) -> LiveAnswers | Answer:
        """Answer a subscription that has its first answers; what keeps it from that is answered."""
        live = LiveAnswers(aiter(source), teller, self._sharing.join(admitted.circle))
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

    def _teller(self, admitted: Admitted, executor: Executor[Context], opened: Context) -> Teller:
        def renewed() -> Context:
            return self._context(admitted.principal, calls_per_source=0)

        read, seconds = admitted.operation.plain, self._bounds[admitted.principal.kind].seconds
        words = ("plain", admitted.text, admitted.operation.name)
        plain = None if read is None else PlainTelling(read, self._sharing.join(words))
        return Teller(executor, opened, renewed, self._faults, seconds=seconds, plain=plain)

    def _context(
        self, principal: Principal, calls_per_source: int, resume_after: str | None = None
    ) -> Context:
        return Context(
            principal=principal,
            services=self._services,
            now=self._clock.now(),
            deadline=Deadline.after(self._deadline_seconds, self._clock),
            floor=self._bounds[principal.kind].floor,
            allowance=Allowance(calls_per_source),
            resume_after=resume_after,
        )

    def _sample(
        self, sampling: Sampling, admitted: Admitted, answered: Context, result: Result
    ) -> None:
        """Let a query that was answered be compared; each execution has a context of its own."""
        if answered.allowance.is_used:
            sampling.leave()
            return

        async def again(
            execute: Callable[[Admitted, Context], Coroutine[Any, Any, Result]],
        ) -> Result:
            context = self._context(admitted.principal, calls_per_source=0)
            context.now = answered.now
            try:
                seconds = self._bounds[admitted.principal.kind].seconds
                return await in_time(seconds, execute(admitted, context))
            finally:
                await context.batches.close()

        ways = self._executors
        by_engine, by_core = partial(again, ways.execute), partial(again, ways.by_core)
        sampling.take(Sample(admitted.text, admitted.operation.name, result, by_engine, by_core))

    def _broken(self, error: Exception, kind: str) -> Answer:
        """Answer what kept a subscription from beginning: the caller's doing, or a fault."""
        told = None if isinstance(error, GraphQLError) else "INTERNAL"
        body = {"errors": [self._faults.of(error)]}
        return Answer(body, is_executed=False, operation_kind=kind, refusal=told)

    def _failed(self, errors: Iterable[GraphQLError], kind: str | None) -> Answer:
        body = {"errors": self._faults.all_of(errors)}
        return Answer(body, is_executed=False, operation_kind=kind)
