"""Blocks of draws through the kernel, on threads: gathered in the order of the draws, or as they are done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from engine.errors import UsageError
from engine.kernel.layout import Block, Program, allocate
from engine.run.outcomes import Array
from engine.run.plan import default_threads

_T = TypeVar("_T")
_S = TypeVar("_S")


@dataclass(frozen=True)
class Settings:
    """What a run may use of the machine; nothing here changes a result.

    Raises
    ------
    UsageError : less than one thread, or less than one draw a block.
    """

    threads: int = field(default_factory=default_threads)
    block: int | None = None

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise UsageError(f"threads: {self.threads}; at least 1")
        if self.block is not None and self.block < 1:
            raise UsageError(f"block size: {self.block}; at least 1")


def filled(program: Program, values: Array, used: Block | None = None) -> Block:
    """A block with inputs (input, n); lanes beyond n repeat the last draw.

    Parameters
    ----------
    used : a block of the same program and as many draws, to be written over: new memory costs as much as some kernels.
    """
    n = values.shape[1]
    block = allocate(program, n) if used is None else used
    block.inputs[: values.shape[0], :n] = values
    block.inputs[:, n:] = block.inputs[:, n - 1 : n]
    return block


def first(block: Block, n: int) -> Block:
    """The first n draws of a block, without the lanes that fill it up."""
    by_draw = (block.inputs[:, :n], block.totals[:, :n], block.yearly[:, :, :n], block.status[:n], block.counted[:n])
    return Block(*by_draw, block.sums, block.kept)


def in_order(compute: Callable[[_S], _T], tasks: Iterator[_S], threads: int) -> Iterator[_T]:
    """Results in the order of the tasks, with two tasks a thread in flight so that memory stays flat."""
    if threads == 1:
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


def as_done(compute: Callable[[_S], _T], tasks: Iterable[_S], threads: int) -> Iterator[tuple[_S, _T]]:
    """Each task with its result as it is done; tasks are taken when there is a thread for them, and one more waits."""
    if threads == 1:
        yield from ((task, compute(task)) for task in tasks)
        return
    waiting = iter(tasks)
    with ThreadPoolExecutor(threads, thread_name_prefix="insats") as pool:
        running: dict[Future[_T], _S] = {}

        def take() -> None:
            while len(running) <= threads:
                try:
                    task = next(waiting)
                except StopIteration:
                    return
                running[pool.submit(compute, task)] = task

        try:
            take()
            while running:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), future.result()
                take()
        finally:
            for future in running:
                future.cancel()
