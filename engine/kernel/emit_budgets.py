"""Budgets of a programme as vector code: `LANES` draws through all cycles, years and parties, with what is known of a
party's sum so far in registers.

In numba, where it was kept in memory, 64 draws side by side, this took six times as long. Flows of 49 cycles and ten
payers are 8 kB a draw, more than the near cache has for all draws of a call; row by row, as other programs write them,
they took a seventh longer to write than vector by vector.

Letters: m model, j cohort, p payer, u group (payers that count as one), t cycle, y year, d draw. `kind` is 0 for
undiscounted money, 1 for discounted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from llvmlite import ir

from engine.kernel.emit import Emitter
from engine.kernel.layout import LANES

_DOUBLE, _INT = ir.DoubleType(), ir.IntType(64)
_VECTOR, _INTS = ir.VectorType(_DOUBLE, LANES), ir.VectorType(_INT, LANES)
_BYTES = ir.VectorType(ir.IntType(8), LANES)


class Sizes(NamedTuple):
    """Numbers that the function is called with, i64 each."""

    n: Any
    """Draws, a multiple of `LANES`."""
    parties: Any
    models: Any
    lived: Any
    """Cycles with costs, the first ones; nothing is read of others."""
    cycles: Any
    local: Any
    """Years of a cohort."""
    years: Any
    """Years of the programme."""
    latest: Any
    """Year of the programme in which the last cohort starts."""
    few: Any
    """Draws of which every year is kept, a multiple of `LANES`."""
    moving: Any
    """Whether weights of discounted costs differ between draws."""


class Arrays(NamedTuple):
    """Base pointers that the function is called with, after the sizes."""

    flows: Any
    """(m,) addresses: (vector, t, row, LANES) costs of each payer in the baseline, under the strategy, and the discount
    factor."""
    counted: Any
    """(d,) bytes."""
    spans: Any
    """(year of a cohort, 2): first of its cycles, and first after them."""
    shares: Any
    """(t, year of a cohort)"""
    starts: Any
    """(j,): where a cohort's first year of the programme stands in `money`, in years."""
    weights: Any
    """(kind, j, d) participants, times a discount factor for the discounted kind."""
    party_of: Any
    """(u,) row of a group in what is written."""
    money: Any
    """Room: (m, u, latest + years of a cohort + latest, kind, LANES), 0 before and after a cohort's years."""
    ends: Any
    """Room: (u,)"""
    sums: Any
    """(u, y, kind, LANES) changed: savings."""
    spent: Any
    """(m, t, row, LANES) changed: undiscounted costs; what is added up of discount factors means nothing."""
    spent_moved: Any
    """(m, t, j, row, LANES) changed: discounted costs times participants, where weights are moving."""
    back: Any
    """(kind, u, d) written: first year of the programme from whose end on the sum so far is never negative; the number
    of its years where it is at the end, and one more where nothing is ever paid nor saved."""
    total: Any
    """(kind, party, d) written."""
    need: Any
    """(party, d) written."""
    paths: Any
    """(kind, party, y, few) written."""


class _Loop:
    """A counting loop that may be left at once, with values that it hands on."""

    def __init__(self, b: Any, start: Any, stop: Any, values: Sequence[Any] = (), step: int = 1) -> None:
        self.b, self.step = b, step
        before = b.block
        self.head, body, self.done = (b.append_basic_block(name) for name in ("head", "body", "done"))
        b.branch(self.head)
        b.position_at_end(self.head)
        self.i = b.phi(_INT)
        self.i.add_incoming(start, before)
        self.values = []
        for value in values:
            phi = b.phi(value.type)
            phi.add_incoming(value, before)
            self.values.append(phi)
        b.cbranch(b.icmp_signed("<", self.i, stop), body, self.done)
        b.position_at_end(body)

    def close(self, values: Sequence[Any] = ()) -> list[Any]:
        """End the body; values as they are after the loop."""
        b = self.b
        self.i.add_incoming(b.add(self.i, ir.Constant(_INT, self.step)), b.block)
        for phi, value in zip(self.values, values, strict=True):
            phi.add_incoming(value, b.block)
        b.branch(self.head)
        b.position_at_end(self.done)
        return self.values


def emit_budgets(groups: Sequence[tuple[int, ...]], payers: int, cohorts: int, rounding: float, *, name: str) -> str:
    """The function as a module of LLVM's language.

    Parameters
    ----------
    groups : payers that count as one, each payer alone among them.
    cohorts : number of them.
    rounding : part of the amounts behind a sum below which the sum is 0.
    """
    doubles, ints, octets = _DOUBLE.as_pointer(), _INT.as_pointer(), ir.IntType(8).as_pointer()
    module = ir.Module(name="budgets")
    kinds = {"counted": octets} | dict.fromkeys(("flows", "spans", "starts", "party_of", "ends"), ints)
    types = [*[_INT] * len(Sizes._fields), *(kinds.get(field, doubles) for field in Arrays._fields)]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), types), name)
    for argument in function.args[len(Sizes._fields) :]:
        argument.add_attribute("noalias")
    function.attributes.add("nounwind")
    function.attributes.alignstack = 64
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    sizes, arrays = Sizes(*function.args[: len(Sizes._fields)]), Arrays(*function.args[len(Sizes._fields) :])
    _Writer(builder, sizes, arrays, groups, payers, cohorts, rounding).write()
    return str(module)


class _Writer:
    def __init__(
        self,
        builder: Any,
        sizes: Sizes,
        arrays: Arrays,
        groups: Sequence[tuple[int, ...]],
        payers: int,
        cohorts: int,
        rounding: float,
    ) -> None:
        self.b, self.sizes, self.arrays = builder, sizes, arrays
        self.groups, self.payers, self.cohorts, self.rounding = groups, payers, cohorts, rounding
        self.e = Emitter(builder, wide=False)
        self.height = 2 * payers + 1
        """Rows of a cycle: costs in the baseline, under the strategy, and the discount factor."""

    def write(self) -> None:
        b, s = self.b, self.sizes
        vector = _Loop(b, _i64(0), s.n, step=LANES)
        model = _Loop(b, _i64(0), s.models)
        flows = self._flows(vector.i, model.i)
        self._add_costs(vector.i, model.i, flows)
        self._save(model.i, flows)
        model.close()
        self._accumulate(vector.i)
        vector.close()
        b.ret_void()

    # ------------------------------------------------------------ costs over draws

    def _add_costs(self, first: Any, model: Any, flows: Any) -> None:
        b, s, a = self.b, self.sizes, self.arrays
        counts, zero = self._counts(first), self.e.const(0.0)
        rows = _i64(self.height)
        start = b.mul(b.mul(model, s.cycles), rows)
        row = _Loop(b, _i64(0), b.mul(s.lived, rows))
        part = b.select(counts, self._load(flows, b.mul(row.i, _i64(LANES))), zero)
        at = b.mul(b.add(start, row.i), _i64(LANES))
        self._store(b.fadd(self._load(a.spent, at), part), a.spent, at)
        row.close()
        with b.if_then(b.icmp_signed("!=", s.moving, _i64(0))):
            cycle = _Loop(b, _i64(0), s.lived)
            own = b.mul(cycle.i, rows)
            factor = self._load(flows, b.mul(b.add(own, _i64(2 * self.payers)), _i64(LANES)))
            cohort = _Loop(b, _i64(0), _i64(self.cohorts))
            weight = self._load(a.weights, b.add(b.mul(b.add(_i64(self.cohorts), cohort.i), s.n), first))
            moved = b.fmul(factor, weight)
            start = b.mul(b.add(b.mul(b.add(b.mul(model, s.cycles), cycle.i), _i64(self.cohorts)), cohort.i), rows)
            row = _Loop(b, _i64(0), _i64(2 * self.payers))
            cost = self._load(flows, b.mul(b.add(own, row.i), _i64(LANES)))
            at = b.mul(b.add(start, row.i), _i64(LANES))
            part = b.select(counts, b.fmul(cost, moved), zero)
            self._store(b.fadd(self._load(a.spent_moved, at), part), a.spent_moved, at)
            row.close()
            cohort.close()
            cycle.close()

    # ------------------------------------------------------------ savings of a cohort

    def _save(self, model: Any, flows: Any) -> None:
        """What every group saves in each year of a cohort, in `money`; `ends` holds the years up to the last with
        costs, or none where the group saves nothing in any draw, year and model."""
        b, s, a = self.b, self.sizes, self.arrays
        height = self._height()
        base = b.mul(b.mul(model, _i64(len(self.groups))), height)
        seen = [ir.Constant(_INTS, [0] * LANES)] * len(self.groups)  # bits of all savings

        def saved(cycle: Any, year: Any) -> list[tuple[Any, Any]]:
            """Undiscounted and discounted saving of each group."""
            share = self.e.splat(b.load(b.gep(a.shares, [b.add(b.mul(cycle, s.local), year)])))
            at = b.mul(cycle, _i64(self.height * LANES))
            usual, own = ([self._load(flows, b.add(at, _i64((course * self.payers + p) * LANES)))
                           for p in range(self.payers)] for course in range(2))  # fmt: skip
            discount = self._load(flows, b.add(at, _i64(2 * self.payers * LANES)))
            by_payer = []
            for x, y in zip(usual, own, strict=True):
                size = b.fadd(self._abs(x), self._abs(y))
                by_payer.append((self._rounded(b.fsub(x, y), size), size))
            found = []
            for value in self._by_group(by_payer):
                part = b.fmul(share, value)
                found.append((part, b.fmul(part, discount)))
            return found

        def places(year: Any) -> list[Any]:
            """Of both kinds of money of each group."""
            moved = b.add(base, b.add(s.latest, year))
            return [b.mul(b.add(moved, b.mul(_i64(u), height)), _i64(2 * LANES)) for u in range(len(self.groups))]

        lived = self._years()
        year = _Loop(b, _i64(0), lived, seen)
        start, stop = self._span(year.i)
        stop = b.select(b.icmp_signed("<", stop, s.lived), stop, s.lived)
        found = []
        for at, (plain, discounted), bits in zip(places(year.i), saved(start, year.i), year.values, strict=True):
            self._store(plain, a.money, at)
            self._store(discounted, a.money, b.add(at, _i64(LANES)))
            found.append(b.or_(bits, b.bitcast(plain, _INTS)))
        cycle = _Loop(b, b.add(start, _i64(1)), stop, found)
        more = []
        for at, parts, bits in zip(places(year.i), saved(cycle.i, year.i), cycle.values, strict=True):
            for kind, part in enumerate(parts):
                place = b.add(at, _i64(kind * LANES))
                self._store(b.fadd(self._load(a.money, place), part), a.money, place)
            more.append(b.or_(bits, b.bitcast(parts[0], _INTS)))
        found = year.close(cycle.close(more))
        again = b.icmp_signed("!=", model, _i64(0))
        for u, bits in enumerate(found):
            place = b.gep(a.ends, [_i64(u)])
            before = b.select(again, b.load(place), _i64(0))
            lanes = b.bitcast(b.icmp_unsigned("!=", bits, ir.Constant(_INTS, [0] * LANES)), ir.IntType(LANES))
            any_ = b.icmp_unsigned("!=", lanes, ir.Constant(ir.IntType(LANES), 0))
            b.store(b.select(any_, lived, before), place)
        # years that are looked at for those who started later
        after = b.add(lived, s.latest)
        year = _Loop(b, lived, b.select(b.icmp_signed("<", after, s.local), after, s.local))
        for at in places(year.i):
            for kind in range(2):
                self._store(self.e.const(0.0), a.money, b.add(at, _i64(kind * LANES)))
        year.close()

    def _span(self, year: Any) -> tuple[Any, Any]:
        """First of a year's cycles, and first after them."""
        b = self.b
        first, after = (b.load(b.gep(self.arrays.spans, [b.add(b.mul(year, _i64(2)), _i64(k))])) for k in range(2))
        return first, after

    def _years(self) -> Any:
        """Years of a cohort up to the last that has a cycle with costs."""
        b, s = self.b, self.sizes
        year = _Loop(b, _i64(0), s.local, [_i64(0)])
        first, _ = self._span(year.i)
        (found,) = year.close([b.select(b.icmp_signed("<", first, s.lived), b.add(year.i, _i64(1)), year.values[0])])
        return found

    def _by_group(self, by_payer: list[tuple[Any, Any]]) -> list[Any]:
        """Sums over the payers of each group, in their order, without what is rounding; groups that begin alike share
        the sums of their beginning."""
        b, zero = self.b, self.e.const(0.0)
        sums: dict[tuple[int, ...], tuple[Any, Any]] = {(): (zero, zero)}
        found = []
        for group in self.groups:
            for k in range(len(group)):
                before, here = group[:k], group[: k + 1]
                if here not in sums:
                    value, size = by_payer[group[k]]
                    if before:
                        value, size = b.fadd(sums[before][0], value), b.fadd(sums[before][1], size)
                    sums[here] = value, size
            value, size = sums[group]
            found.append(value if len(group) < 2 else self._rounded(value, size))
        return found

    # ------------------------------------------------------------ sums so far of the programme

    def _accumulate(self, first: Any) -> None:
        b, s, a = self.b, self.sizes, self.arrays
        c = self.e.const
        people = [[self._load(a.weights, b.add(b.mul(_i64(kind * self.cohorts + j), s.n), first))
                   for j in range(self.cohorts)] for kind in range(2)]  # fmt: skip
        starts = [b.load(b.gep(a.starts, [_i64(j)])) for j in range(self.cohorts)]
        height, parties = self._height(), s.parties
        counts = self._counts(first)
        few = b.icmp_signed("<", first, s.few)
        end_of_time = self.e.splat(b.sitofp(b.sub(s.years, _i64(1)), _DOUBLE))
        nothing = self.e.splat(b.sitofp(b.add(s.years, _i64(1)), _DOUBLE))

        group = _Loop(b, _i64(0), _i64(len(self.groups)))
        party = b.load(b.gep(a.party_of, [group.i]))
        end = b.load(b.gep(a.ends, [group.i]))
        known = b.select(b.icmp_signed(">", end, _i64(0)), b.add(end, s.latest), _i64(0))
        base = b.mul(group.i, height)

        def keep(year: Any, so_far: list[Any]) -> None:
            with b.if_then(few):
                for kind in range(2):
                    row = b.add(b.mul(b.add(b.mul(_i64(kind), parties), party), s.years), year)
                    self._store(so_far[kind], a.paths, b.add(b.mul(row, s.few), first))

        # of each kind: sum, size of what was added, sum without rounding, last year below 0
        before = [c(0.0), c(0.0), c(0.0), c(-1.0)]
        year = _Loop(b, _i64(0), known, [c(0.0), c(0.0), *before, *before])
        now, low, *rest = year.values
        after: list[Any] = []
        so_far = []
        for kind in range(2):
            v, z, _, last = rest[4 * kind : 4 * kind + 4]
            x = None
            for j in range(self.cohorts):
                place = b.mul(b.add(b.add(base, starts[j]), year.i), _i64(2 * LANES))
                part = b.fmul(self._load(a.money, b.add(place, _i64(kind * LANES))), people[kind][j])
                x = part if x is None else b.fadd(x, part)
            at = b.add(b.mul(b.add(b.mul(group.i, s.years), year.i), _i64(2 * LANES)), _i64(kind * LANES))
            added = b.select(counts, x, c(0.0))
            self._store(b.fadd(self._load(a.sums, at), added), a.sums, at)
            v, z = b.fadd(v, x), b.fadd(z, self._abs(x))
            sum_ = self._rounded(v, z)
            last = b.select(b.fcmp_ordered("<", sum_, c(0.0)), now, last)
            if kind == 0:
                low = b.select(b.fcmp_ordered("<", sum_, low), sum_, low)
            after += [v, z, sum_, last]
            so_far.append(sum_)
        keep(year.i, so_far)
        _, low, *rest = year.close([b.fadd(now, c(1.0)), low, *after])

        with b.if_then(few):
            year = _Loop(b, known, s.years)
            keep(year.i, [rest[2], rest[6]])
            year.close()
        for kind in range(2):
            _, z, sum_, last = rest[4 * kind : 4 * kind + 4]
            some = b.fcmp_unordered("!=", z, c(0.0))  # the first amount is never rounding, so neither is its sum
            last = b.select(b.fcmp_ordered("<", sum_, c(0.0)), end_of_time, last)
            at = b.add(b.mul(b.add(b.mul(_i64(kind), parties), party), s.n), first)
            self._store(sum_, a.total, at)
            at = b.add(b.mul(b.add(_i64(kind * len(self.groups)), group.i), s.n), first)
            self._store(b.select(some, b.fadd(last, c(1.0)), nothing), a.back, at)
        need = b.select(b.fcmp_ordered("<", low, c(0.0)), b.fneg(low), c(0.0))
        self._store(need, a.need, b.add(b.mul(party, s.n), first))
        group.close()

    # ------------------------------------------------------------ words

    def _flows(self, first: Any, model: Any) -> Any:
        """Costs and factors of a vector of draws."""
        b = self.b
        base = b.inttoptr(b.load(b.gep(self.arrays.flows, [model])), _DOUBLE.as_pointer())
        return b.gep(base, [b.mul(first, b.mul(self.sizes.cycles, _i64(self.height)))])

    def _height(self) -> Any:
        """Years of a group in `money`, with those before and after."""
        b, s = self.b, self.sizes
        return b.add(s.local, b.mul(_i64(2), s.latest))

    def _rounded(self, value: Any, size: Any) -> Any:
        b = self.b
        small = b.fcmp_ordered("<=", self._abs(value), b.fmul(self.e.const(self.rounding), size))
        return b.select(small, self.e.const(0.0), value)

    def _abs(self, x: Any) -> Any:
        return self.e.intrinsic("llvm.fabs", x)

    def _counts(self, first: Any) -> Any:
        b = self.b
        octets = b.load(b.bitcast(b.gep(self.arrays.counted, [first]), _BYTES.as_pointer()), align=1)
        return b.icmp_unsigned("!=", octets, ir.Constant(_BYTES, [0] * LANES))

    def _load(self, base: Any, at: Any) -> Any:
        return self.b.load(self.b.bitcast(self.b.gep(base, [at]), _VECTOR.as_pointer()), align=8)

    def _store(self, value: Any, base: Any, at: Any) -> None:
        self.b.store(value, self.b.bitcast(self.b.gep(base, [at]), _VECTOR.as_pointer()), align=8)


def _i64(v: int) -> Any:
    return ir.Constant(_INT, v)
