"""The engine: plans kept per operation, and their execution to the bytes of a response."""

from collections import Counter, OrderedDict
from collections.abc import Awaitable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLSchema,
    OperationDefinitionNode,
    execute,
)

from gateway.engine.access import Reader
from gateway.engine.carrying import Rest, carry_out, read_out
from gateway.engine.documents import find_operation, why_not
from gateway.engine.keeping import MOST_BYTES, Keepsakes
from gateway.engine.known import PART, KeptTexts
from gateway.engine.pacing import MOST_AT_ONCE, Pace
from gateway.engine.plan import Plan, Setting
from gateway.engine.response import Response
from gateway.engine.room import MOST_CODE, Room
from gateway.engine.run import Run
from gateway.engine.several import Several
from gateway.engine.strawberry_fields import StrawberryReader
from gateway.engine.together import together
from gateway.engine.tree import TooLarge
from gateway.engine.types_of_values import Types

MOST_PLANS = 512
COMPILED, CAREFUL = "compiled", "careful"


@dataclass(slots=True)
class Planned:
    """A plan, or why there is none: the operation is then left to graphql-core."""

    document: DocumentNode
    operation_name: str | None
    plan: Plan | None = None
    reason: str = ""

    @property
    def tells_root_alone(self) -> bool:
        """Whether a response tells nothing but what the root value holds, whoever asks."""
        with suppress(TooLarge):
            return self.plan is not None and self.plan.tells_root_alone
        return False


class Engine:
    """Executes operations of one schema; they have to be validated before."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        executor_class: type[Executor[Any]] | None = None,
        hide_suggestions: bool = False,
        most_plans: int = MOST_PLANS,
        most_at_once: int = MOST_AT_ONCE,
        most_kept_bytes: int = MOST_BYTES,
        most_code: int = MOST_CODE,
    ) -> None:
        self.schema = schema
        self.counts: Counter[str] = Counter()
        self._types = Types(schema)
        self._reader: Reader | None = (
            StrawberryReader(schema) if self._types.is_strawberry else None
        )
        self._executor_class = executor_class
        self._hide = hide_suggestions
        self._most_plans = most_plans
        self._pace = Pace(most_at_once)
        self._keepsakes = Keepsakes(most_kept_bytes)
        self._room = Room(most_code)
        self._texts = KeptTexts(most_kept_bytes // PART)
        self._plans: OrderedDict[tuple[int, str | None], Planned] = OrderedDict()

    def plan(self, document: DocumentNode, operation_name: str | None = None) -> Planned:
        """Answer the plan of an operation of a document; raises GraphQLError if it has none."""
        key = (id(document), operation_name)
        known = self._plans.get(key)
        if known is not None:
            self._plans.move_to_end(key)
            return known
        made = self._plans[key] = self._make(document, operation_name)
        while len(self._plans) > self._most_plans:
            self._plans.popitem(last=False)
        return made

    def prepare(self, document: DocumentNode) -> None:
        """Plan all operations of a document, and compile what no variable has to decide."""
        for each in document.definitions:
            if isinstance(each, OperationDefinitionNode):
                planned = self.plan(document, each.name.value if each.name else None)
                if planned.plan is not None:
                    with suppress(TooLarge):
                        planned.plan.prepare()

    def _make(self, document: DocumentNode, operation_name: str | None) -> Planned:
        operation = find_operation(document, operation_name)
        reason = why_not(operation)
        if self.schema.get_root_type(operation.node.operation) is None:
            reason = "no root"
        if reason is not None:
            return Planned(document, operation_name, reason=reason)
        setting = Setting(
            self._types, operation, self._pace, self._keepsakes, self._texts, self._room, self._hide
        )
        return Planned(document, operation_name, Plan(setting, self._reader))

    async def execute(
        self,
        planned: Planned,
        variables: dict[str, Any] | None = None,
        context: Any = None,
        root_value: Any = None,
    ) -> Response:
        """Carry an operation out; field errors are in the response, only cancelling is raised."""
        begun = self.begin(planned, variables, context, root_value)
        return begun if isinstance(begun, Response) else await begun

    def begin(
        self,
        planned: Planned,
        variables: dict[str, Any] | None = None,
        context: Any = None,
        root_value: Any = None,
    ) -> Response | Coroutine[Any, Any, Response]:
        """Carry an operation out as far as nothing waits.

        Answer the response, or what is left to be awaited, by the task that has begun it.
        """
        plan = planned.plan
        if plan is None:
            return self._handed_over(planned.reason, planned, variables, context, root_value)
        coerced = plan.variables.coerce(variables)
        if isinstance(coerced, list):
            return Response(None, coerced, is_executed=False)
        try:
            variant = plan.variant(coerced, context)
        except TooLarge:
            return self._handed_over("size", planned, variables, context, root_value)
        if variant is None:
            return self._handed_over("condition", planned, variables, context, root_value)
        self.counts[COMPILED] += 1
        run = Run(plan, variant, variables, coerced, context, root_value)
        rest = carry_out(run)
        return self._ended(run) if rest is None else self._end(run, rest)

    def begin_each(
        self,
        planned: Planned,
        variables: dict[str, Any] | None,
        context: Any,
        root_values: Sequence[Any],
    ) -> list[Response] | Coroutine[Any, Any, list[Response]]:
        """Carry an operation out for each root value, as `begin` does; no mutation.

        So are events of a subscription: what they fetch is fetched in common.
        """
        plan = planned.plan
        if plan is None:
            return self._each_handed_over(planned.reason, planned, variables, context, root_values)
        coerced = plan.variables.coerce(variables)
        if isinstance(coerced, list):
            return [Response(None, coerced, is_executed=False) for _ in root_values]
        try:
            variant, reason = plan.variant(coerced, context), "condition"
        except TooLarge:
            variant, reason = None, "size"
        if variant is None:
            return self._each_handed_over(reason, planned, variables, context, root_values)
        self.counts[COMPILED] += len(root_values)
        run = Several(plan, variant, variables, coerced, context, root_values)
        rest = carry_out(run)
        return self._each_ended(run) if rest is None else self._end_each(run, rest)

    def read_each(self, planned: Planned, root_values: Sequence[Any]) -> list[Response] | None:
        """Answer the response of each root value, where it tells nothing but what that holds.

        None where it tells more, or where a value is not as the schema says.
        """
        plan = planned.plan
        if plan is None or not planned.tells_root_alone:
            return None
        variant = plan.variant({}, None)
        if variant is None:
            return None
        run = Several(plan, variant, None, {}, None, root_values)
        if not read_out(run):
            return None
        self.counts[COMPILED] += len(root_values)
        return self._each_ended(run)

    async def _end(self, run: Run, rest: Rest) -> Response:
        await self._finish(run, rest)
        return self._ended(run)

    async def _end_each(self, run: Several, rest: Rest) -> list[Response]:
        await self._finish(run, rest)
        return self._each_ended(run)

    async def _finish(self, run: Run, rest: Rest) -> None:
        try:
            await rest
        except BaseException:
            run.end()
            raise

    def _ended(self, run: Run) -> Response:
        self._settle(run)
        return Response(run.data, run.errors, True, self._pace if run.is_large else None)

    def _each_ended(self, run: Several) -> list[Response]:
        self._settle(run)
        pace = self._pace if run.is_large else None
        return [
            Response(data, run.errors_of(index), True, pace)
            for index, data in enumerate(run.wholes)
        ]

    def _settle(self, run: Run) -> None:
        if run.made:
            run.keep()
        run.end()
        if run.careful:
            self.counts[CAREFUL] += run.careful

    async def _handed_over(
        self,
        reason: str,
        planned: Planned,
        variables: dict[str, Any] | None,
        context: Any,
        root_value: Any,
    ) -> Response:
        self.counts[reason] += 1
        result = await self._hand_over(planned, variables, context, root_value)
        errors = result.errors or []
        is_executed = result.data is not None or any(each.path for each in errors)
        return Response(result.data, errors, is_executed)

    async def _each_handed_over(
        self,
        reason: str,
        planned: Planned,
        variables: dict[str, Any] | None,
        context: Any,
        root_values: Sequence[Any],
    ) -> list[Response]:
        return await together(
            [self._handed_over(reason, planned, variables, context, each) for each in root_values]
        )

    async def _hand_over(
        self, planned: Planned, variables: dict[str, Any] | None, context: Any, root_value: Any
    ) -> ExecutionResult:
        result = execute(
            self.schema,
            planned.document,
            root_value,
            context,
            variables,
            planned.operation_name,
            executor_class=self._executor_class,
            hide_suggestions=self._hide,
        )
        return await result if isinstance(result, Awaitable) else result
