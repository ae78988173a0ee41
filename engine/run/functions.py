"""A model as a plain function of its inputs: what every analysis is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.kernel.layout import LANES, Block, allocate
from engine.model.compile import CompiledModel, Shape
from engine.model.separate import Separated
from engine.run import outcomes
from engine.run.blocks import Settings, filled, first, in_order
from engine.run.invalid import explain
from engine.run.mixtures import Mixed, Rows, Take, mixed_in_two_steps, mixed_whole
from engine.run.outcomes import Array
from engine.run.plan import Span, block_size, bytes_per_draw, cut, refuse_if_too_large

Read = Callable[[Shape, float, Block], Array]
"""From a block's output to an outcome (intervention, column, d)."""


Sources = NDArray[np.int64]


@dataclass(frozen=True)
class ModelFunction:
    """The model as a plain function: inputs (n, input) -> an outcome of an intervention (n, column)."""

    _by_row: Callable[[Array], Array]
    _mixed: Mixed
    _take: Take = np.asarray
    _from_sources: Callable[[Array, Sources, Sources], Array] | None = None

    def __call__(self, values: Array) -> Array:
        """Outcomes (n, column)."""
        return self._take(self._by_row(values).T).T

    def of_sources(self, stack: Array, source: Sources, owner: Sources) -> Array:
        """Outcomes (mixture * m, column) of mixtures of sets of values, the draws of a mixture one after the other.

        Parameters
        ----------
        stack : (set, m, input) values of each set, in the same draws.
        source : (mixture, group) set that a group of inputs is taken from. owner : (input,) group of each input.
        """
        of = self._from_sources
        found = self._by_row(written_out(stack, source, owner)) if of is None else of(stack, source, owner)
        return self._take(found.T).T

    def of_mixtures(self, values: Array, rows: Rows, first: int = 0) -> Array:
        """Outcomes (block, column, m) of runs whose inputs are chosen among rows of values.

        Parameters
        ----------
        values : (row, m).
        rows : (block, input), which row of `values` each input of a block's runs is.
        first : number of the first draw, by which an invalid run is told: it is run `draw * blocks + block`.
        """
        return self._mixed(values, rows, first, self._take)

    def taking(self, take: Take) -> ModelFunction:
        """The same, but that columns (column, n) are made these (column', n), draw by draw."""
        before = self._take
        return replace(self, _take=lambda columns: take(before(columns)))


def outcome_function(
    model: CompiledModel,
    strategy: str,
    outcome: str = "npv",
    settings: Settings | None = None,
    *,
    reject: bool = False,
) -> ModelFunction:
    """The model as a plain function: inputs (n, input) -> an outcome of an intervention (n, party).

    Parameters
    ----------
    outcome : a key of `OUTCOMES`.
    reject : answer nan where a row breaks a rule of the model, rather than raise.

    Raises
    ------
    UsageError : no such outcome.

    The function itself raises `InvalidDraws` where a row breaks a rule of the model, or an outcome is not a number.
    """
    if outcome not in OUTCOMES:
        raise UsageError(f"no outcome {outcome!r}; there are: {', '.join(OUTCOMES)}")
    columns = len(model.shape.parties)
    yearly = outcome in NEED_YEARS
    settings = settings or Settings()
    if model.separated is None or outcome not in SEPARATED:
        return _of_whole(model, strategy, OUTCOMES[outcome], columns, yearly=yearly, reject=reject, settings=settings)
    whole = _function(model, strategy, OUTCOMES[outcome], columns, yearly=yearly, reject=reject, settings=settings)
    courses = len(model.shape.courses) - 1
    place = (SEPARATED.index(outcome) * courses + model.shape.courses.index(strategy) - 1) * columns
    by_row, from_sources = _in_two_steps(model, model.separated, place, whole, settings)
    mixed = mixed_in_two_steps(model, model.separated, place, columns, settings, whole)
    return ModelFunction(by_row, mixed, _from_sources=from_sources)


def written_out(stack: Array, source: Sources, owner: Sources) -> Array:
    """Inputs (mixture * m, input) of mixtures, as `ModelFunction.of_sources` takes them."""
    m, d = stack.shape[1:]
    rows = stack[source[:, owner][:, None, :], np.arange(m)[:, None], np.arange(d)]
    return rows.reshape(-1, d)


def _of_whole(
    model: CompiledModel, strategy: str, read: Read, columns: int, *, yearly: bool, reject: bool, settings: Settings
) -> ModelFunction:
    shape, step = model.shape if yearly else model.shape.money, model.study.model.time.cycle_length
    k = shape.courses.index(strategy) - 1
    whole = _function(model, strategy, read, columns, yearly=yearly, reject=reject, settings=settings)
    mixed = mixed_whole(model, lambda block: read(shape, step, block)[k], columns, settings, whole, yearly=yearly)
    return ModelFunction(whole, mixed)


class _Whole(Protocol):
    def __call__(self, values: Array, rows: NDArray[np.int64] | None = None) -> Array:
        """`rows`: by what numbers the rows are told; from 0 if None."""


def yearly_function(model: CompiledModel, strategy: str, settings: Settings | None = None) -> ModelFunction:
    """The model as a plain function: inputs (n, input) -> discounted net saving (n, payer * cycle), payer by payer.

    Summed over the cycles of a payer it is that payer's NPV. Raises as `outcome_function`.
    """
    columns, settings = len(model.shape.payers) * model.study.model.time.cycles, settings or Settings()
    return _of_whole(model, strategy, _yearly_saving, columns, yearly=True, reject=False, settings=settings)


def party_yearly_function(
    model: CompiledModel, strategy: str, party: str, settings: Settings | None = None
) -> ModelFunction:
    """The model as a plain function: inputs (n, input) -> discounted net saving of one party (n, cycle).

    Summed over the cycles it is the party's NPV. Raises as `outcome_function`.
    """
    column = model.shape.parties.index(party)

    def read(shape: Shape, step: float, block: Block) -> Array:
        yearly = outcomes.read_yearly(shape, block.totals, block.yearly)
        return np.asarray(yearly.party_saving[:, column] * yearly.factor)

    columns, settings = model.study.model.time.cycles, settings or Settings()
    return _of_whole(model, strategy, read, columns, yearly=True, reject=False, settings=settings)


def _function(
    model: CompiledModel,
    strategy: str,
    read: Read,
    columns: int,
    *,
    yearly: bool,
    reject: bool,
    settings: Settings,
) -> _Whole:
    shape, step = model.shape if yearly else model.shape.money, model.study.model.time.cycle_length
    k = shape.courses.index(strategy) - 1
    program = model.yearly_program if yearly else model.money_program
    kernel = model.yearly_kernel if yearly else model.money_kernel
    size = block_size(settings.block, bytes_per_draw(program, shape))
    in_flight = (2 * settings.threads + 1) * size * bytes_per_draw(program, shape)
    refuse_if_too_large(in_flight, f"{settings.threads} threads with blocks of {size} draws")

    def evaluate(values: Array, rows: NDArray[np.int64] | None = None) -> Array:
        result = np.empty((values.shape[0], columns))

        def compute(span: Span) -> None:
            whole = filled(program, values[span.start : span.stop].T)
            kernel(whole)
            block = first(whole, span.stop - span.start)
            invalid = (block.status != 0) | ~np.isfinite(block.totals).all(axis=0)
            if invalid.any() and not reject:
                bad = int(np.argmax(invalid))
                row = span.start + bad
                told = row if rows is None else int(rows[row])
                raise explain(model, values[row][:, None], int(block.status[bad]), f"row {told} of the inputs")
            answer = read(shape, step, block)[k].T
            result[span.start : span.stop] = np.where(invalid[:, None], np.nan, answer) if invalid.any() else answer

        for _ in in_order(compute, cut(values.shape[0], size), settings.threads):
            pass
        return result

    return evaluate


def _in_two_steps(
    model: CompiledModel, program: Separated, begin: int, whole: _Whole, settings: Settings
) -> tuple[Callable[[Array], Array], Callable[[Array, Sources, Sources], Array]]:
    """An outcome by the loop over cycles once for all rows that share it, then the rest for each: of rows, of sources.

    Where a row is invalid or gives no number, all that are so are given to the `whole` function, which says why.
    """
    from engine.kernel import rows as loops  # numba is slow to load

    parties = len(model.shape.parties)
    moved, read = (np.array(c, dtype=np.int64) for c in (program.moved_by, program.read_after))
    n_inputs = len(model.inputs.names)
    size = block_size(settings.block, bytes_per_draw(program.loop, model.shape.money))
    n_sums = len(program.loop.totals)

    def summed(values: Array) -> tuple[Array, NDArray[np.bool_], NDArray[np.int64]]:
        """Sums (sum, kind) of the loop over the kinds of row there are, which broke a rule, and each row's kind."""
        assert model.separated_kernels is not None
        loop = model.separated_kernels[0]
        n = values.shape[0]
        first_of, which = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
        slots = np.full(1 << (2 * n).bit_length(), -1, dtype=np.int64)
        kinds = loops.distinct_rows(values.view(np.uint64), moved, first_of, which, slots)
        sums, broken = np.empty((n_sums, kinds)), np.empty(kinds, dtype=np.bool_)

        def run_loop(span: Span) -> None:
            block = allocate(program.loop, span.stop - span.start)
            loops.fill_columns(values, first_of[span.start : span.stop], moved, block.inputs)
            loop(block)
            sums[:, span.start : span.stop] = block.totals[:n_sums, : span.stop - span.start]
            broken[span.start : span.stop] = block.status[: span.stop - span.start] != 0

        _each(run_loop, kinds, size)
        return sums, broken, which

    def finished(
        n: int, fill: Callable[[Span, Block], None], broken_of: Callable[[Span], NDArray[np.bool_]]
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Outcomes (n, party), and which are right."""
        assert model.separated_kernels is not None
        after = model.separated_kernels[1]
        result, valid = np.empty((n, parties)), np.empty(n, dtype=np.bool_)
        free: list[Block] = []  # to be used again: new ones take a sixth of the time

        def run_after(span: Span) -> None:
            count = span.stop - span.start
            full = count == AFTER_BLOCK
            block = free.pop() if full and free else allocate(program.after, count)
            fill(span, block)
            after(block)
            good = (block.status[:count] == 0) & ~broken_of(span)
            loops.take_rows(block.totals, begin, count, span.start, result)
            if not _surely_finite(block.totals[begin : begin + parties, :count]):
                good &= np.isfinite(result[span.start : span.stop]).all(axis=1)
            valid[span.start : span.stop] = good
            if full:
                free.append(block)

        _each(run_after, n, AFTER_BLOCK)
        return result, valid

    def in_parts(
        stack: Array, supplier: Sources, sums: Array, broken: NDArray[np.bool_], kind: Sources
    ) -> tuple[Array, NDArray[np.bool_]]:
        """As `finished`, of mixtures whose draws fill whole vectors: their inputs are read where they stand.

        Parameters
        ----------
        supplier : (mixture, input) set that an input is taken from. kind : (mixture,)
        sums : (sum, kind m). broken : (kind m,)
        """
        assert model.separated_kernels is not None
        after = model.separated_kernels[1]
        sets, m, d = stack.shape
        mixtures, kinds = len(supplier), sums.shape[1] // m
        # below the values of all sets, the sums of all kinds
        by_kind = sums.reshape(n_sums, kinds, m).swapaxes(0, 1)
        room = np.concatenate([stack.swapaxes(1, 2).reshape(-1, m), by_kind.reshape(-1, m)])
        rows = np.empty((mixtures, d + n_sums), dtype=np.int64)
        rows[:, :d] = supplier * d + np.arange(d)
        rows[:, d:] = sets * d + kind[:, None] * n_sums + np.arange(n_sums)
        result, valid = np.empty((mixtures * m, parties)), np.empty((mixtures, m), dtype=np.bool_)
        whole = broken.reshape(kinds, m)
        size = max(1, PARTS_BLOCK // m)
        free: list[Block] = []

        def run_after(span: Span) -> None:
            parts = span.stop - span.start
            block = free.pop() if parts == size and free else allocate(program.after, parts * m)
            after(block._replace(inputs=room, rows=rows[span.start : span.stop]))
            valid[span.start : span.stop] = (block.status == 0).reshape(parts, m) & ~whole[kind[span.start : span.stop]]
            loops.take_rows(block.totals, begin, parts * m, span.start * m, result)
            if not _surely_finite(block.totals[begin : begin + parties, : parts * m]):
                finite = np.isfinite(result[span.start * m : span.stop * m]).all(axis=1)
                valid[span.start : span.stop] &= finite.reshape(parts, m)
            if parts == size:
                free.append(block)

        _each(run_after, mixtures, size)
        return result, valid.reshape(-1)

    def _each(task: Callable[[Span], None], total: int, step: int) -> None:
        spans = list(cut(total, step))
        for _ in in_order(task, iter(spans), min(settings.threads, len(spans)) or 1):
            pass

    def of_rows(values: Array) -> Array:
        values = np.ascontiguousarray(values, dtype=np.float64)
        sums, broken, which = summed(values)

        def fill(span: Span, block: Block) -> None:
            loops.fill_block(values, span.start, span.stop, read, sums, which, n_inputs, block.inputs)

        result, valid = finished(len(values), fill, lambda span: broken[which[span.start : span.stop]])
        if not valid.all():
            doubtful = np.flatnonzero(~valid)
            result[doubtful] = whole(values[doubtful], doubtful)
        return result

    def of_sources(stack: Array, source: Sources, owner: Sources) -> Array:
        source, owner = (np.ascontiguousarray(x, dtype=np.int64) for x in (source, owner))
        m, n = stack.shape[1], source.shape[0] * stack.shape[1]
        first, kind = _alike(source[:, np.unique(owner[moved])], len(stack))
        sums, broken, which = summed(np.ascontiguousarray(written_out(stack, source[first], owner)))
        if m and m % LANES == 0:
            result, valid = in_parts(stack, source[:, owner], sums[:, which], broken[which], kind)
        else:
            by_input = np.ascontiguousarray(stack.swapaxes(1, 2))

            def fill(span: Span, block: Block) -> None:
                how = (read, sums, which, kind, n_inputs, block.inputs)
                loops.fill_sources(by_input, source, owner, span.start, span.stop, *how)

            def broken_of(span: Span) -> NDArray[np.bool_]:
                mixture, draw = np.divmod(np.arange(span.start, span.stop), m)
                return np.asarray(broken[which[kind[mixture] * m + draw]])

            result, valid = finished(n, fill, broken_of)
        if not valid.all():
            doubtful = np.flatnonzero(~valid)
            mixture, draw = np.divmod(doubtful, m)
            rows = stack[source[mixture][:, owner], draw[:, None], np.arange(stack.shape[2])]
            result[doubtful] = whole(rows, doubtful)
        return result

    return of_rows, of_sources


def _surely_finite(x: Array) -> bool:
    """Whether the sum is a finite number, so that all are; it takes a fifth of the time of looking at each."""
    with np.errstate(all="ignore"):
        return bool(np.isfinite(x.sum()))


def _alike(source: Sources, sets: int) -> tuple[Sources, Sources]:
    """The first of each kind of row, and the kind of each."""
    if source.shape[1] * max(1, (sets - 1).bit_length()) < 63:
        keys = source @ (np.int64(sets) ** np.arange(source.shape[1]))
        _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
    else:
        _, first, kind = np.unique(source, axis=0, return_index=True, return_inverse=True)
    return first, kind.reshape(-1)


def _npv(shape: Shape, step: float, block: Block) -> Array:
    return outcomes.read_totals(shape, block.totals).npv


def _programme_cost(shape: Shape, step: float, block: Block) -> Array:
    return outcomes.read_totals(shape, block.totals).programme


def _benefit_cost_ratio(shape: Shape, step: float, block: Block) -> Array:
    totals = outcomes.read_totals(shape, block.totals)
    return outcomes.benefit_cost_ratio(totals.npv, totals.programme)


def _payback_year(shape: Shape, step: float, block: Block) -> Array:
    saving = outcomes.read_yearly(shape, block.totals, block.yearly).party_saving
    return outcomes.payback_time(outcomes.accumulate(saving), step)


def _yearly_saving(shape: Shape, step: float, block: Block) -> Array:
    if shape.by_boundary:
        discounted = outcomes.read_yearly(shape, block.totals, block.yearly).discounted
    else:  # the same, without parties and occupancy, which take longer than the rest
        courses, payers = shape.yearly["cost"]
        cost = block.yearly[: courses * payers].reshape(courses, payers, *block.yearly.shape[1:])
        size = np.abs(cost[:1]) + np.abs(cost[1:])
        discounted = outcomes.without_rounding(cost[:1] - cost[1:], size) * block.yearly[courses * payers]
    return discounted.reshape(discounted.shape[0], -1, discounted.shape[-1])


OUTCOMES: dict[str, Read] = {
    "npv": _npv,
    "programme_cost": _programme_cost,
    "benefit_cost_ratio": _benefit_cost_ratio,
    "payback_year": _payback_year,
}
"""Outcomes of draws, each (intervention, party, d), by the names of the vocabulary."""
SEPARATED = ("npv", "programme_cost")
"""Outcomes that a program in two steps gives, in their order."""
AFTER_BLOCK = 1024
"""Draws that are made money of together."""
PARTS_BLOCK = 8192
"""As many where their inputs need not be copied."""
NEED_YEARS = frozenset({"payback_year"})
