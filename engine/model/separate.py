"""What is summed over cycles, apart from what is made of the sums.

A cost is an amount times person-time, summed over cycles. Where the amount is the same in all cycles, it can stand
before the sum: C = sum_k w[k] sum_s a_s x_s[k] = sum_s a_s (sum_k w[k] x_s[k]). So a program falls into a loop over
cycles, whose sums know no amounts, and arithmetic without a loop that makes money of them. Draws that differ in amounts
alone, or in how many an intervention works on, share the loop: and mixtures of calculations are such draws, most of
them (Norrkoping: 16 draws of 221 184 mixtures are 3.5 million rows of inputs, and 2304 rows of those that move people).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np

from engine.kernel.layout import Check, Program, needed_in_loop
from engine.model.hoist import Graph, Ref, Stage

Terms: TypeAlias = list[tuple[Ref, Ref]]
"""A value as a sum of products: values that change with the cycle, and what each is multiplied by, which does not."""

MOST_TERMS = 64
"""A value that is a sum of more than these stays whole."""
MOST_WORK = 1.25
"""Operations in the loop, against those of the whole program, beyond which it is not worth to part it."""


class Separated(NamedTuple):
    """A program in two steps."""

    loop: Program
    """Over cycles; its totals are sums."""
    after: Program
    """Without cycles. Its inputs are the model's, then the sums of `loop`; its totals those of the whole program."""
    moved_by: tuple[int, ...]
    """Inputs that `loop` reads: rows alike in these have the same sums."""
    read_after: tuple[int, ...]
    """Inputs of the model that `after` reads."""


def separate(
    graph: Graph,
    totals: Sequence[Ref],
    checks: Sequence[Ref],
    *,
    n_inputs: int,
    read: Callable[[list[Ref]], Sequence[Ref]],
) -> Separated | None:
    """Part a program into a loop over cycles and what is made of its sums; None where the loop would do more.

    Parameters
    ----------
    read : what is wanted of the totals, made of them by arithmetic on the graph: the totals of `after`.

    Results are those of the whole program but for rounding, and but for draws in which an amount is no finite number
    and nobody is there to pay it: 0 times infinity is 0 only in the whole program.
    """
    parting = _Parting(graph, n_inputs)
    wanted = list(read([parting.after_loop(total) for total in totals]))
    inside = [k for k, c in enumerate(checks) if c.stage in (Stage.CYCLE, Stage.DRAW_CYCLE)]
    outside = [k for k in range(len(checks)) if k not in inside]
    whole = graph.program(totals=totals, yearly=(), checks=checks, n_inputs=n_inputs)
    loop = graph.program(totals=parting.sums, yearly=(), checks=[checks[k] for k in inside], n_inputs=n_inputs)
    if _in_loop(loop) > MOST_WORK * _in_loop(whole):
        return None
    after = graph.program(
        totals=wanted, yearly=(), checks=[checks[k] for k in outside], n_inputs=n_inputs + len(parting.sums)
    )
    assert not any(operation.in_loop for operation in after.operations)
    return Separated(
        _with_bits(loop, whole, inside),
        _with_bits(after, whole, outside)._replace(n_cycles=1, series=np.empty((0, 1))),
        _inputs(loop, n_inputs),
        _inputs(after, n_inputs),
    )


def amounts_last(graph: Graph, totals: Sequence[Ref], people: Collection[Ref], *, n_inputs: int) -> Sequence[Ref]:
    """Totals as arithmetic, done once after the last cycle, of sums over cycles that know no amounts; as they are where
    the loop would have more to do.

    Parameters
    ----------
    people : how many are where, or move, in a cycle: values that stay whole.

    Unlike in `separate`, strategies that move people alike keep totals of the same bits. So nothing is taken out of
    what counts people, for a share that does not change with the cycle may do so under an intervention; and amounts of
    equal numbers of people are not added up beforehand. Nor is anything taken out of a `where`: what nobody pays may be
    infinite.
    """
    parting = _Parting(graph, whole=people)
    parted = [parting.after_loop(total) for total in totals]

    def work(wanted: Sequence[Ref]) -> int:
        program = graph.program(totals=wanted, yearly=(), checks=(), n_inputs=n_inputs)
        return _in_loop(program._replace(totals=()))

    return parted if work(parted) < work(totals) else totals


class _Parting:
    """Sums over cycles that totals are made of, found as they are asked for.

    Parameters
    ----------
    n_inputs : of the model: what comes after the loop is a program of its own, and sums are its inputs from there on;
        None if it is of the same program.
    whole : values that nothing is taken out of; `amounts_last` says what else it means that there are such.
    """

    def __init__(self, graph: Graph, n_inputs: int | None = None, whole: Collection[Ref] = ()) -> None:
        self._g, self._n_inputs, self._whole = graph, n_inputs, whole
        self._one = graph.const(1.0)
        self.sums: list[Ref] = []
        self._place: dict[tuple[Ref, Ref] | Ref, Ref] = {}
        self._terms: dict[Ref, Terms] = {}
        self._after: dict[Ref, Ref] = {}

    def after_loop(self, value: Ref) -> Ref:
        """The value, after the last cycle, made of the sums of the loop."""
        if value.stage in (Stage.STUDY, Stage.DRAW):
            return value
        if value not in self._after:
            self._after[value] = self._read_after(value)
        return self._after[value]

    def _read_after(self, value: Ref) -> Ref:
        g = self._g
        name, arguments = g.name_of(value), g.arguments_of(value)
        if name == "carried":
            initial, following = g.carried_of(value)
            name, added = g.name_of(following), g.arguments_of(following)
            if g.constant(initial) == 0.0 and name in ("fma", "add") and added[-1] == value:
                weight, flow = added[:-1] if name == "fma" else (self._one, added[0])
                terms = self.terms(flow)
                return g.dot([(self._sum(weight, unit), amount) for unit, amount in terms])
            return self._placed(value, value)
        if not arguments:  # a series: its last value, whatever it is wanted for
            return self._placed(value, value)
        return g.again(name, [self.after_loop(a) for a in arguments])

    def _sum(self, weight: Ref, unit: Ref) -> Ref:
        key = (weight, unit)
        if key not in self._place:
            g = self._g
            total = g.carried(g.const(0.0))
            g.follow(total, g.fma(weight, unit, total))
            self._placed(key, total)
        return self._place[key]

    def _placed(self, key: tuple[Ref, Ref] | Ref, total: Ref) -> Ref:
        """An input of what comes after, for a total of the loop."""
        if key not in self._place:
            n = self._n_inputs
            self._place[key] = total if n is None else self._g.input(n + len(self.sums))
            self.sums.append(total)
        return self._place[key]

    # ------------------------------------------------------------ sums of products

    def terms(self, value: Ref) -> Terms:
        """A value of the loop as a sum of products; itself where nothing can be taken out of it."""
        if value not in self._terms:
            whole = [(value, self._one)]
            found = whole if value in self._whole else self._expand(value)
            plain = all(self._g.constant(amount) is not None for _, amount in found)
            if value.stage in (Stage.CYCLE, Stage.DRAW_CYCLE) and (plain or len(found) > MOST_TERMS):
                found = whole
            self._terms[value] = found
        return self._terms[value]

    def _expand(self, value: Ref) -> Terms:
        g, one, zero = self._g, self._one, self._g.const(0.0)
        if g.constant(value) == 0.0:
            return []
        if value.stage in (Stage.STUDY, Stage.DRAW):
            return [(one, value)]
        if value.stage is Stage.CYCLE:
            return [(value, one)]
        a = g.arguments_of(value)
        match g.name_of(value):
            case "add":
                return self._joined(self.terms(a[0]), self.terms(a[1]))
            case "sub":
                return self._joined(self.terms(a[0]), self._scaled(self.terms(a[1]), g.neg))
            case "neg":
                return self._scaled(self.terms(a[0]), g.neg)
            case "mul":
                return self._product(a[0], a[1]) or [(value, one)]
            case "fma":
                made = self._product(a[0], a[1])
                return [(value, one)] if made is None else self._joined(made, self.terms(a[2]))
            case "div" if a[1].stage in (Stage.STUDY, Stage.DRAW):
                return self._scaled(self.terms(a[0]), lambda amount: g.div(amount, a[1]))
            case "where" if not self._whole:
                condition, yes, no = a
                return self._joined(
                    [(g.where(condition, unit, zero), amount) for unit, amount in self.terms(yes)],
                    [(g.where(condition, zero, unit), amount) for unit, amount in self.terms(no)],
                )
        return [(value, one)]

    def _joined(self, a: Terms, b: Terms) -> Terms:
        g = self._g
        if self._whole:
            return [(unit, amount) for unit, amount in (*a, *b) if g.constant(amount) != 0.0]
        result: dict[Ref, Ref] = {}
        for unit, amount in (*a, *b):
            result[unit] = g.add(result[unit], amount) if unit in result else amount
        return [(unit, amount) for unit, amount in result.items() if g.constant(amount) != 0.0]

    def _scaled(self, a: Terms, by: Callable[[Ref], Ref]) -> Terms:
        return [(unit, by(amount)) for unit, amount in a]

    def _product(self, a: Ref, b: Ref) -> Terms | None:
        """None where both are sums."""
        g, left, right = self._g, self.terms(a), self.terms(b)
        if len(left) > 1 and len(right) > 1:
            return None
        return self._joined([(g.mul(u, v), g.mul(amount, its)) for u, amount in left for v, its in right], [])


def _in_loop(program: Program) -> int:
    """Operations that every cycle needs."""
    return len(needed_in_loop(program))


def _with_bits(part: Program, whole: Program, places: Sequence[int]) -> Program:
    """The part with its checks told by the bits that they have in the whole."""
    checks = [Check(c.condition, whole.checks[k].bit) for c, k in zip(part.checks, places, strict=True)]
    return part._replace(checks=tuple(checks))


def _inputs(program: Program, n_inputs: int) -> tuple[int, ...]:
    rows = {o.row for o in program.operations if o.name == "input"}
    return tuple(sorted(row for row in rows if row < n_inputs))
