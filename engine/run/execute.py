"""Plan -> kernel -> arrays: runs blocks of draws, on threads, and gathers them in the order of the draws."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import RunError, UsageError
from engine.kernel.layout import Block, allocate
from engine.kernel.reference import evaluate
from engine.model.compile import CompiledModel, Rule, Shape
from engine.run import outcomes
from engine.run.designs import unit_points
from engine.run.outcomes import Array
from engine.run.plan import TILE, Span, block_size, cut, default_threads

Progress = Callable[[int, int], None]
"""Told how much is done, and of how much."""

NOT_A_NUMBER = np.int64(1) << np.int64(62)
"""Bit of a draw's status: some outcome is not a finite number."""
_T = TypeVar("_T")
_S = TypeVar("_S")


class InvalidDraws(RunError):
    """Draws break a rule of the model."""

    def __init__(self, message: str, rule: Rule | None) -> None:
        super().__init__(message)
        self.rule = rule


class YearlySums(NamedTuple):
    """Sums over valid draws."""

    saving: Array
    """(k, p, t)"""
    occupancy: Array
    """(c, s, t + 1)"""


@dataclass(frozen=True)
class CalculationRun:
    """One calculation, run: outcomes per draw, d last; invalid draws are nan."""

    calculation: str
    cost: Array
    """(c, p, d)"""
    npv: Array
    """(k, q, d)"""
    programme: Array
    """(k, q, d)"""
    ratio: Array
    """(k, q, d)"""
    payback: Array
    """(k, q, d)"""
    payback_discounted: Array
    """(k, q, d)"""
    horizon: Array
    """(d,)"""
    status: NDArray[np.int64]
    """(d,)"""
    mean_saving: Array
    """(k, p, t)"""
    mean_occupancy: Array
    """(c, s, t + 1)"""
    cumulative: Array
    """(k, q, path, t + 1) of the first draws"""

    @property
    def rejected(self) -> int:
        """Draws that broke a rule."""
        return int(np.count_nonzero(self.status))


@dataclass(frozen=True)
class Settings:
    """What a run may use of the machine; nothing here changes a result."""

    threads: int = field(default_factory=default_threads)
    block: int | None = None


def run_calculation(
    model: CompiledModel,
    calculation: str,
    *,
    draws: int,
    seed: int,
    design: str,
    paths: int,
    reject: bool = False,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> CalculationRun:
    """Run all draws of a calculation.

    Parameters
    ----------
    paths : number of first draws for which accumulated savings by year are kept.
    reject : leave out draws that break a rule of the model, rather than stop.

    Raises
    ------
    InvalidDraws : a draw breaks a rule and `reject` is not set, or all draws do.
    """
    settings = settings or Settings()
    shape, step = model.shape, model.study.model.time.cycle_length
    n_kept = min(paths, draws)
    kernel = model.yearly_kernel
    spans = list(cut(draws, block_size(settings.block)))

    def prepare(span: Span) -> tuple[Span, Array]:
        points = unit_points(design, model.inputs.uncertain, seed=seed, start=span.start, stop=span.stop, total=draws)
        return span, points

    def compute(task: tuple[Span, Array]) -> tuple[Span, _Piece]:
        span, points = task
        n = span.stop - span.start
        block = _filled(model, model.inputs.values(calculation, points), yearly=True)
        kernel(block)
        piece = _piece(shape, block, n, step, max(0, min(n_kept - span.start, n)))
        return span, piece

    k, q = len(shape.courses) - 1, len(shape.parties)
    cycles = model.study.model.time.cycles
    result = CalculationRun(
        calculation,
        cost=np.empty((k + 1, len(shape.payers), draws)),
        npv=np.empty((k, q, draws)),
        programme=np.empty((k, q, draws)),
        ratio=np.empty((k, q, draws)),
        payback=np.empty((k, q, draws)),
        payback_discounted=np.empty((k, q, draws)),
        horizon=np.empty(draws),
        status=np.empty(draws, dtype=np.int64),
        mean_saving=np.zeros((k, len(shape.payers), cycles)),
        mean_occupancy=np.zeros((k + 1, len(shape.states), cycles + 1)),
        cumulative=np.empty((k, q, n_kept, cycles + 1)),
    )
    for span, piece in _in_order(compute, map(prepare, spans), settings.threads):
        at = slice(span.start, span.stop)
        for name in ("cost", "npv", "programme", "ratio", "payback", "payback_discounted", "horizon", "status"):
            getattr(result, name)[..., at] = getattr(piece, name)
        if not reject and piece.status.any():
            raise invalid_draws(model, calculation, result.status[: span.stop], design, seed, draws)
        for sums in piece.tiles:  # tile by tile, so that the order of addition is always the same
            result.mean_saving[...] += sums.saving
            result.mean_occupancy[...] += sums.occupancy
        kept = piece.cumulative.shape[2]
        if kept:
            result.cumulative[:, :, span.start : span.start + kept] = piece.cumulative
        if progress is not None:
            progress(span.stop, draws)
    valid = draws - result.rejected
    if valid == 0:
        raise invalid_draws(model, calculation, result.status, design, seed, draws)
    result.mean_saving[...] /= valid
    result.mean_occupancy[...] /= valid
    return result


def outcome_function(
    model: CompiledModel, strategy: str, outcome: str = "npv", settings: Settings | None = None
) -> Callable[[Array], Array]:
    """The model as a plain function: inputs (n, input) -> an outcome of an intervention (n, party).

    Parameters
    ----------
    outcome : a key of `OUTCOMES`.

    Raises
    ------
    UsageError : no such outcome.

    The function itself raises `InvalidDraws` where a row breaks a rule of the model.
    """
    if outcome not in OUTCOMES:
        raise UsageError(f"no outcome {outcome!r}; there are: {', '.join(OUTCOMES)}")
    return _function(model, strategy, OUTCOMES[outcome], len(model.shape.parties), outcome in NEED_YEARS, settings)


def yearly_function(model: CompiledModel, strategy: str, settings: Settings | None = None) -> Callable[[Array], Array]:
    """The model as a plain function: inputs (n, input) -> discounted net saving (n, payer * cycle), payer by payer.

    Summed over the cycles of a payer it is that payer's NPV. Raises as `outcome_function`.
    """
    columns = len(model.shape.payers) * model.study.model.time.cycles
    return _function(model, strategy, _yearly_saving, columns, True, settings)


def _function(
    model: CompiledModel,
    strategy: str,
    read: Callable[[Shape, float, Block], Array],
    columns: int,
    yearly: bool,
    settings: Settings | None,
) -> Callable[[Array], Array]:
    settings = settings or Settings()
    shape, step = model.shape, model.study.model.time.cycle_length
    k = shape.courses.index(strategy) - 1
    kernel = model.yearly_kernel if yearly else model.totals_kernel
    size = block_size(settings.block) * (1 if yearly else 4)

    def evaluate_rows(values: Array) -> Array:
        result = np.empty((values.shape[0], columns))

        def compute(span: Span) -> None:
            block = _filled(model, values[span.start : span.stop].T, yearly=yearly)
            kernel(block)
            n = span.stop - span.start
            if block.status[:n].any():
                bad = int(np.argmax(block.status[:n] != 0))
                raise explain(model, values[span.start + bad][:, None], f"row {span.start + bad} of the inputs")
            result[span.start : span.stop] = read(shape, step, _first(block, n))[k].T

        for _ in _in_order(compute, cut(values.shape[0], size), settings.threads):
            pass
        return result

    return evaluate_rows


def _npv(shape: Shape, step: float, block: Block) -> Array:
    return outcomes.read_totals(shape, block.totals).npv


def _programme_cost(shape: Shape, step: float, block: Block) -> Array:
    return outcomes.read_totals(shape, block.totals).programme


def _benefit_cost_ratio(shape: Shape, step: float, block: Block) -> Array:
    totals = outcomes.read_totals(shape, block.totals)
    return outcomes.benefit_cost_ratio(totals.npv, totals.programme)


def _payback_year(shape: Shape, step: float, block: Block) -> Array:
    saving = outcomes.by_party(shape, outcomes.read_yearly(shape, block.totals, block.yearly).saving)
    return outcomes.payback_time(outcomes.accumulate(saving), step)


def _yearly_saving(shape: Shape, step: float, block: Block) -> Array:
    yearly = outcomes.read_yearly(shape, block.totals, block.yearly)
    discounted = yearly.saving * yearly.factor
    return discounted.reshape(discounted.shape[0], -1, discounted.shape[-1])


OUTCOMES: dict[str, Callable[[Shape, float, Block], Array]] = {
    "npv": _npv,
    "programme_cost": _programme_cost,
    "benefit_cost_ratio": _benefit_cost_ratio,
    "payback_year": _payback_year,
}
"""Outcomes of draws, each (intervention, party, d), by the names of the vocabulary."""
NEED_YEARS = frozenset({"payback_year"})


def invalid_draws(
    model: CompiledModel, calculation: str, status: NDArray[np.int64], design: str, seed: int, total: int
) -> InvalidDraws:
    """Say which draw broke which rule, with its assumptions, and how many draws break any."""
    first = int(np.argmax(status != 0))
    points = unit_points(design, model.inputs.uncertain, seed=seed, start=first, stop=first + 1, total=total)
    count = int(np.count_nonzero(status))
    what = (
        f"calculation {calculation!r}: {count} of the first {len(status)} draws break a rule of the model; draw {first}"
    )
    return explain(model, model.inputs.values(calculation, points), what)


def explain(model: CompiledModel, inputs: Array, what: str) -> InvalidDraws:
    """Run one draw in the reference evaluator and name the rule that it breaks.

    Parameters
    ----------
    inputs : (input, 1)
    """
    study = model.study
    outcome = evaluate(model.totals_program, inputs)
    named = dict(zip(model.inputs.names, inputs[:, 0], strict=True))
    if not outcome.failures:
        values = ", ".join(f"{name} = {value:.6g}" for name, value in named.items())
        return InvalidDraws(f"{what}: an outcome is not a finite number ({values})", None)
    failure = min(outcome.failures, key=lambda f: f.cycle)
    rule = model.rules[failure.check]
    time = study.model.time
    when = (
        ""
        if failure.cycle < 0
        else f" in cycle {failure.cycle} (age {time.start_age + failure.cycle * time.cycle_length:g})"
    )
    shown = rule.inputs or model.inputs.names
    values = ", ".join(f"{name} = {_shown(model, name, named[name])}" for name in shown)
    place = study.marks.problem(study.study.model, rule.loc, rule.text)
    together = " and ".join(repr(n) for n in rule.inputs)
    clash = f"; {together} do not go together" if len(rule.inputs) == 2 else ""
    return InvalidDraws(f"{what}{when}: {place.path}:{place.line}:{place.column}: {rule.text}{clash} ({values})", rule)


def _shown(model: CompiledModel, name: str, value: float) -> str:
    choice = model.study.model.choices.get(name)
    return list(choice.alternatives)[int(value)] if choice is not None else f"{value:.6g}"


class _Piece(NamedTuple):
    cost: Array
    npv: Array
    programme: Array
    ratio: Array
    payback: Array
    payback_discounted: Array
    horizon: Array
    status: NDArray[np.int64]
    tiles: list[YearlySums]
    cumulative: Array


def _first(block: Block, n: int) -> Block:
    """The first n draws of a block, without the lanes that fill it up."""
    return Block(block.inputs[:, :n], block.totals[:, :n], block.yearly[:, :, :n], block.status[:n])


def _filled(model: CompiledModel, values: Array, *, yearly: bool) -> Block:
    """A block with inputs (input, n); lanes beyond n repeat the last draw."""
    n = values.shape[1]
    block = allocate(model.yearly_program if yearly else model.totals_program, n)
    block.inputs[: values.shape[0], :n] = values
    block.inputs[:, n:] = block.inputs[:, n - 1 : n]
    return block


def _piece(shape: Shape, block: Block, n: int, step: float, n_paths: int) -> _Piece:
    totals = outcomes.read_totals(shape, block.totals[:, :n])
    yearly = outcomes.read_yearly(shape, block.totals[:, :n], block.yearly[:, :, :n])
    status = block.status[:n] | np.where(np.isfinite(block.totals[:, :n]).all(axis=0), 0, NOT_A_NUMBER)
    invalid = status != 0
    saving = outcomes.by_party(shape, yearly.saving)
    cumulative = outcomes.accumulate(saving)
    payback = outcomes.payback_time(cumulative, step)
    discounted = outcomes.payback_time(outcomes.accumulate(saving * yearly.factor), step)
    ratio = outcomes.benefit_cost_ratio(totals.npv, totals.programme)

    def valid(values: Array) -> Array:
        return np.where(invalid, np.nan, values) if invalid.any() else values

    if invalid.any():
        saving_by_payer = np.where(invalid, 0.0, yearly.saving)
        occupancy = np.where(invalid, 0.0, yearly.occupancy)
    else:
        saving_by_payer, occupancy = yearly.saving, yearly.occupancy
    tiles = [
        YearlySums(saving_by_payer[..., a : a + TILE].sum(axis=-1), occupancy[..., a : a + TILE].sum(axis=-1))
        for a in range(0, n, TILE)
    ]
    return _Piece(
        cost=valid(totals.cost),
        npv=valid(totals.npv),
        programme=valid(totals.programme),
        ratio=valid(ratio),
        payback=valid(payback),
        payback_discounted=valid(discounted),
        horizon=valid(totals.horizon),
        status=status,
        tiles=tiles,
        cumulative=np.moveaxis(valid(cumulative)[..., :n_paths], -1, 2),
    )


def _in_order(compute: Callable[[_S], _T], tasks: Iterator[_S], threads: int) -> Iterator[_T]:
    """Results in the order of the tasks, with a few tasks in flight so that memory stays flat."""
    if threads <= 1:
        yield from map(compute, tasks)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="insats") as pool:
        waiting: deque[Future[_T]] = deque()
        try:
            for task in tasks:
                waiting.append(pool.submit(compute, task))
                if len(waiting) >= 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
