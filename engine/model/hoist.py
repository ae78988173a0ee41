"""Arithmetic sorted by how often it must be done: once per study, per cycle, per draw, or per draw and cycle.

A `Graph` is built by calling its methods. What depends on nothing is folded to a constant, what depends on the cycle
alone is computed here for all cycles at once and becomes a row of `series`; the rest becomes operations for the kernel.
Equal operations are made once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.kernel.layout import CONDITIONS, EXPONENTS, Carried, Check, Operation, Program
from engine.kernel.reference import apply

MOST_BITS = 61
"""Checks beyond this many share the last bit of a draw's status."""


Payload = float | int | NDArray[Any]
"""Value of a constant, values of a series, row of an input or carried value."""


class Stage(IntEnum):
    """How often a value must be computed. Bit 0: cycle, bit 1: draw, so that stages unite by `|`."""

    STUDY = 0
    CYCLE = 1
    DRAW = 2
    DRAW_CYCLE = 3


@dataclass(frozen=True)
class Ref:
    """A value of the graph."""

    position: int
    stage: Stage
    condition: bool = False


class Graph:
    """Builder of a `Program`."""

    def __init__(self, n_cycles: int) -> None:
        self.n_cycles = n_cycles
        self._names: list[str] = []
        self._arguments: list[tuple[Ref, ...]] = []
        self._stages: list[Stage] = []
        self._payload: list[Payload] = []
        self._known: dict[object, Ref] = {}
        self._carried: list[tuple[Ref, Ref | None]] = []
        self._loops: list[int] = []
        self._n_inputs = 0

    # ------------------------------------------------------------ leaves

    def const(self, value: float) -> Ref:
        """A number known now."""
        return self._leaf("const", float(value) + 0.0, Stage.STUDY)

    def truth(self, value: bool) -> Ref:
        """A condition known now."""
        return self._leaf("const", bool(value), Stage.STUDY, condition=True)

    def series(self, values: Sequence[float] | NDArray[Any]) -> Ref:
        """One number per cycle, (t,)."""
        array = np.asarray(values, dtype=np.float64)
        if array.shape != (self.n_cycles,):
            raise ValueError(f"a series needs {self.n_cycles} values, not {array.shape}")
        return self.const(array[0]) if (array == array[0]).all() else self._leaf("series", array, Stage.CYCLE)

    def input(self, index: int) -> Ref:
        """Row `index` of the inputs."""
        self._n_inputs = max(self._n_inputs, index + 1)
        return self._leaf("input", index, Stage.DRAW)

    def carried(self, initial: Ref, *, loop: int = 0) -> Ref:
        """A value that starts as `initial` and is given its next value by `follow`.

        Parameters
        ----------
        loop : 0 for the loop over cycles; values of another are carried in a loop of their own after it, and may use
            what is carried in the first only through `kept`.
        """
        if initial.stage not in (Stage.STUDY, Stage.DRAW):
            raise ValueError("a carried value must start outside the loop")
        self._carried.append((initial, None))
        self._loops.append(loop)
        return self._append("carried", (), len(self._carried) - 1, Stage.DRAW_CYCLE, condition=False)

    def follow(self, carried: Ref, following: Ref) -> None:
        """State the value that `carried` takes in the next cycle."""
        index = self._payload[carried.position]
        assert isinstance(index, int)
        self._carried[index] = (self._carried[index][0], following)

    def kept(self, value: Ref) -> Ref:
        """A value of the first loop, for use in later ones."""
        return self._apply("kept", value) if value.stage is Stage.DRAW_CYCLE else value

    # ------------------------------------------------------------ arithmetic

    def add(self, a: Ref, b: Ref) -> Ref:
        if self._is(a, 0.0):
            return b
        return a if self._is(b, 0.0) else self._apply("add", a, b)

    def sub(self, a: Ref, b: Ref) -> Ref:
        if self._is(a, 0.0):
            return self.neg(b)
        return a if self._is(b, 0.0) else self._apply("sub", a, b)

    def mul(self, a: Ref, b: Ref) -> Ref:
        if self._is(a, 0.0) or self._is(b, 0.0):
            return self.const(0.0)
        if self._is(a, 1.0):
            return b
        return a if self._is(b, 1.0) else self._apply("mul", a, b)

    def div(self, a: Ref, b: Ref) -> Ref:
        return a if self._is(b, 1.0) else self._apply("div", a, b)

    def fma(self, a: Ref, b: Ref, c: Ref) -> Ref:
        """a * b + c, rounded once."""
        product_known = a.stage <= Stage.CYCLE and b.stage <= Stage.CYCLE
        if product_known or self._is(c, 0.0) or any(self._is(x, k) for x in (a, b) for k in (0.0, 1.0)):
            return self.add(self.mul(a, b), c)
        return self._apply("fma", a, b, c)

    def neg(self, a: Ref) -> Ref:
        return self._arguments[a.position][0] if self._names[a.position] == "neg" else self._apply("neg", a)

    def absolute(self, a: Ref) -> Ref:
        return self._apply("abs", a)

    def minimum(self, a: Ref, b: Ref) -> Ref:
        return self._apply("min", a, b)

    def maximum(self, a: Ref, b: Ref) -> Ref:
        return self._apply("max", a, b)

    def exp(self, a: Ref) -> Ref:
        return self._apply("exp", a)

    def exp2(self, a: Ref) -> Ref:
        """2^a, where a is known to lie within `EXPONENTS`, or a check says that it does not."""
        return self._apply("exp2", a)

    def halved(self, a: Ref) -> Ref:
        """2^-a, where a is not negative, or a check says that it is."""
        return self.exp2(self.neg(self.minimum(a, self.const(-EXPONENTS[0]))))

    def log2(self, a: Ref) -> Ref:
        """Its own, rather than `log` times a constant, where that would be a product in every cycle."""
        return self._apply("log2", a)

    def log(self, a: Ref) -> Ref:
        return self._arguments[a.position][0] if self._names[a.position] == "exp" else self._apply("log", a)

    def expm1(self, a: Ref) -> Ref:
        """e^a - 1, with all its digits where a is small."""
        return self._apply("expm1", a)

    def log1p(self, a: Ref) -> Ref:
        """log(1 + a), with all its digits where a is small."""
        return self._apply("log1p", a)

    def floor(self, a: Ref) -> Ref:
        """The largest whole number that is not above a."""
        return self._apply("floor", a)

    def sqrt(self, a: Ref) -> Ref:
        return self._apply("sqrt", a)

    def power(self, base: Ref, exponent: Ref) -> Ref:
        """base ^ exponent: repeated multiplication for small whole exponents, else exp(exponent ln base).

        The latter is nan for a negative base; where neither depends on the draw it is the power itself.
        """
        if base.stage <= Stage.CYCLE and exponent.stage <= Stage.CYCLE:
            with np.errstate(all="ignore"):
                return self.series(np.power(self._numbers(base), self._numbers(exponent)))
        value = self.constant(exponent)
        if value is not None and value == int(value) and abs(value) <= 16:
            result = self.const(1.0)
            for _ in range(abs(int(value))):
                result = self.mul(result, base)
            return result if value >= 0 else self.div(self.const(1.0), result)
        if value == 0.5:
            return self.sqrt(base)
        return self.exp(self.mul(exponent, self.log(base)))

    def where(self, condition: Ref, a: Ref, b: Ref) -> Ref:
        known = self.constant(condition)
        if known is not None:
            return a if known else b
        return a if a == b else self._apply("where", condition, a, b)

    def compare(self, name: str, a: Ref, b: Ref) -> Ref:
        """`name` is one of lt le gt ge eq ne."""
        return self._apply(name, a, b)

    def at_least(self, a: Ref, bound: float) -> Ref:
        """a >= bound, a number below 0: of a draw's value, if finite, times known ones that are not negative, in all
        cycles at once."""
        if self._names[a.position] == "mul":
            for known, drawn in (self._arguments[a.position], self._arguments[a.position][::-1]):
                values = self.known(known)
                if values is not None and drawn.stage is Stage.DRAW and 0.0 <= values.min() <= values.max() < np.inf:
                    a = self.mul(drawn, self.const(values.max()))
                    break
        return self.compare("ge", a, self.const(bound))

    def falling(self, a: Ref) -> Ref | None:
        """Condition that a value lies within 0 to 1 in all cycles, where it is `geometric` from 1; else None."""
        if self._names[a.position] != "carried":
            return None
        initial, following = self._carried[int(self._payload[a.position])]
        if following is None or not self._is(initial, 1.0) or self._names[following.position] != "mul":
            return None
        before, ratio = self._arguments[following.position]
        if before != a or ratio.stage is not Stage.DRAW:
            return None
        zero, one = self.const(0.0), self.const(1.0)
        return self.both(self.compare("ge", ratio, zero), self.compare("le", ratio, one))

    def both(self, a: Ref, b: Ref) -> Ref:
        if self.constant(a) is not None:
            return b if self.constant(a) else a
        if self.constant(b) is not None:
            return a if self.constant(b) else b
        return self._apply("and", a, b)

    def either(self, a: Ref, b: Ref) -> Ref:
        if self.constant(a) is not None:
            return a if self.constant(a) else b
        if self.constant(b) is not None:
            return b if self.constant(b) else a
        return self._apply("or", a, b)

    def negation(self, a: Ref) -> Ref:
        return self._apply("not", a)

    def scaled(self, a: Ref, by: float) -> Ref:
        """a times a number, put into what a is a product of and does not change with the cycle and the draw at once; so
        that it costs nothing in the loop."""
        if self._scales(a) and a.stage is Stage.DRAW_CYCLE:
            name, arguments = self._names[a.position], self._arguments[a.position]
            if name == "neg":
                return self.neg(self.scaled(arguments[0], by))
            first = 0 if self._scales(arguments[0]) else 1
            return self.again(name, [self.scaled(x, by) if k == first else x for k, x in enumerate(arguments)])
        return self.mul(a, self.const(by))

    def _scales(self, a: Ref) -> bool:
        if a.stage is not Stage.DRAW_CYCLE:
            return True
        name, arguments = self._names[a.position], self._arguments[a.position]
        if name in ("mul", "neg"):
            return any(self._scales(x) for x in arguments)
        return name == "div" and self._scales(arguments[0])

    def dot(self, pairs: Sequence[tuple[Ref, Ref]]) -> Ref:
        """Sum of products, in the order given."""
        total = self.const(0.0)
        for a, b in pairs:
            total = self.fma(a, b, total)
        return total

    def total(self, terms: Sequence[Ref]) -> Ref:
        """Sum, in the order given."""
        total = self.const(0.0)
        for term in terms:
            total = self.add(total, term)
        return total

    def geometric(self, initial: Ref, ratio: Ref) -> Ref:
        """initial * ratio^cycle, by one multiplication a cycle instead of an exponential."""
        start, step = self.constant(initial), self.constant(ratio)
        if start is not None and step is not None:
            return self.series(start * step ** np.arange(self.n_cycles))
        key = ("geometric", initial.position, ratio.position)
        if key not in self._known:
            self._known[key] = value = self.carried(initial)
            self.follow(value, self.mul(value, ratio))
        return self._known[key]

    def ever(self, condition: Ref) -> tuple[Ref, Ref]:
        """Conditions that it held in an earlier cycle, and that it did or holds in this one.

        Where it depends on no draw: both, that it holds in some cycle; where it depends on no cycle, both are itself.
        """
        known = self.known(condition)
        if known is not None:
            condition = self.truth(bool(known.any()))
        if condition.stage is not Stage.DRAW_CYCLE:
            return condition, condition
        zero, one = self.const(0.0), self.const(1.0)
        before = self.carried(zero)
        now = self.where(condition, one, before)
        self.follow(before, now)
        return self.compare("ne", before, zero), self.compare("ne", now, zero)

    # ------------------------------------------------------------ reading

    def constant(self, a: Ref) -> float | None:
        """The value, if it is known now."""
        return float(self._payload[a.position]) if self._names[a.position] == "const" else None

    def known(self, a: Ref) -> NDArray[Any] | None:
        """The values in all cycles, (t,), if they do not depend on the draw."""
        if a.stage > Stage.CYCLE:
            return None
        return np.broadcast_to(np.asarray(self._payload[a.position]), (self.n_cycles,))

    def _numbers(self, a: Ref) -> NDArray[np.float64]:
        known = self.known(a)
        assert known is not None
        return np.asarray(known, dtype=np.float64)

    def name_of(self, a: Ref) -> str:
        """Its operation, or `const`, `series`, `input` or `carried`."""
        return self._names[a.position]

    def arguments_of(self, a: Ref) -> tuple[Ref, ...]:
        """What it is made of; nothing for a leaf."""
        return self._arguments[a.position]

    def carried_of(self, a: Ref) -> tuple[Ref, Ref]:
        """What a carried value starts as, and its next value."""
        initial, following = self._carried[int(self._payload[a.position])]
        assert following is not None
        return initial, following

    def again(self, name: str, arguments: Sequence[Ref]) -> Ref:
        """The operation `name` of other arguments."""
        return self._apply(name, *arguments)

    def inputs_of(self, a: Ref) -> frozenset[int]:
        """Rows of the inputs that the value depends on, in this cycle or through what is carried from earlier ones."""
        found: set[int] = set()
        seen: set[int] = set()
        wanted = [a]
        while wanted:
            ref = wanted.pop()
            if ref.position not in seen:
                seen.add(ref.position)
                if self._names[ref.position] == "input":
                    found.add(int(self._payload[ref.position]))
                wanted.extend(self._arguments[ref.position])
                if self._names[ref.position] == "carried":
                    wanted.extend(x for x in self._carried[int(self._payload[ref.position])] if x is not None)
        return frozenset(found)

    def program(
        self,
        *,
        totals: Sequence[Ref],
        yearly: Sequence[Ref],
        checks: Sequence[Ref],
        n_inputs: int,
        sums: Sequence[Ref] = (),
    ) -> Program:
        """The graph as the kernel takes it: only what the results need, arguments before their users."""
        wanted = [*totals, *yearly, *sums, *checks]
        needed: set[int] = set()
        carried: set[int] = set()
        while wanted:
            position = wanted.pop().position
            if position in needed:
                continue
            needed.add(position)
            wanted.extend(self._arguments[position])
            if self._names[position] == "carried":
                index = self._payload[position]
                assert isinstance(index, int)
                carried.add(index)
                initial, following = self._carried[index]
                if following is None:
                    raise ValueError("a carried value was never given its next value")
                wanted += [initial, following]
        kept = sorted(needed)
        place = {old: new for new, old in enumerate(kept)}
        carried_row = {old: new for new, old in enumerate(sorted(carried))}
        rows: list[NDArray[np.float64]] = []
        operations = []
        for old in kept:
            name, payload = self._names[old], self._payload[old]
            constant, row, in_loop = 0.0, -1, self._stages[old] in (Stage.CYCLE, Stage.DRAW_CYCLE)
            if name == "const":
                constant = float(payload)
            elif name == "series":
                row = len(rows)
                rows.append(np.asarray(payload, dtype=np.float64))
            elif name == "input":
                row = int(payload)
            elif name == "carried":
                row = carried_row[int(payload)]
            arguments = tuple(place[a.position] for a in self._arguments[old])
            operations.append(Operation(name, arguments, constant, row, in_loop))
        return Program(
            operations=tuple(operations),
            series=np.array(rows, dtype=np.float64).reshape(len(rows), self.n_cycles),
            n_inputs=n_inputs,
            n_cycles=self.n_cycles,
            carried=tuple(
                Carried(place[initial.position], place[following.position], self._loops[k])
                for k, (initial, following) in enumerate(self._carried)
                if k in carried and following is not None
            ),
            totals=tuple(place[r.position] for r in totals),
            yearly=tuple(place[r.position] for r in yearly),
            checks=tuple(Check(place[c.position], min(k, MOST_BITS - 1)) for k, c in enumerate(checks)),
            sums=tuple(place[r.position] for r in sums),
            kept=tuple(place[old] for old in kept if self._names[old] == "kept"),
        )

    # ------------------------------------------------------------ inside

    def _is(self, a: Ref, value: float) -> bool:
        return self.constant(a) == value and not a.condition

    def _append(
        self,
        name: str,
        arguments: tuple[Ref, ...],
        payload: Payload,
        stage: Stage,
        *,
        condition: bool,
    ) -> Ref:
        self._names.append(name)
        self._arguments.append(arguments)
        self._payload.append(payload)
        self._stages.append(stage)
        return Ref(len(self._names) - 1, stage, condition)

    def _leaf(
        self,
        name: str,
        payload: Payload,
        stage: Stage,
        *,
        condition: bool = False,
    ) -> Ref:
        bits = payload.tobytes() if isinstance(payload, np.ndarray) else np.float64(payload).tobytes()
        key = (name, bits, condition)
        if key not in self._known:
            self._known[key] = self._append(name, (), payload, stage, condition=condition)
        return self._known[key]

    def _apply(self, name: str, *arguments: Ref) -> Ref:
        key = (name, tuple(a.position for a in arguments))
        if key in self._known:
            return self._known[key]
        condition = name in CONDITIONS
        stage = Stage.STUDY
        for a in arguments:
            stage = Stage(stage | a.stage)
        if stage is Stage.STUDY:
            (value,) = np.atleast_1d(apply(name, [np.atleast_1d(self._payload[a.position]) for a in arguments]))
            result = self.truth(bool(value)) if condition else self.const(float(value))
        elif stage is Stage.CYCLE:
            result = self._known_per_cycle(name, arguments, condition=condition)
        else:
            result = self._append(name, arguments, 0, stage, condition=condition)
        self._known[key] = result
        return result

    def _known_per_cycle(self, name: str, arguments: tuple[Ref, ...], *, condition: bool) -> Ref:
        known = [self.known(a) for a in arguments]
        values = apply(name, [k for k in known if k is not None])
        if not condition:
            return self.series(np.asarray(values, dtype=np.float64))
        if values.all() or not values.any():
            return self.truth(bool(values[0]))
        # the kernel's series hold floats, so a condition on the cycle alone is a series compared with zero
        flags = self._leaf("series", np.asarray(values, dtype=np.float64), Stage.CYCLE)
        return self._append("ne", (flags, self.const(0.0)), np.asarray(values), Stage.CYCLE, condition=True)
