"""Progress off a terminal: few lines, each worth its place."""

from __future__ import annotations

import io

from engine.terminal.progress import LinesOfProgress


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(news: list[tuple[float, str, int, int]]) -> list[str]:
    clock, stream = Clock(), io.StringIO()
    tell = LinesOfProgress(stream, clock)
    for at, stage, done, total in news:
        clock.now = at
        tell(stage, done, total)
    return stream.getvalue().splitlines()


def test_a_short_stage_is_told_once_when_it_is_done() -> None:
    news = [(0.1 * k, "simulate", k, 10) for k in range(1, 11)]
    assert lines(news) == ["Simulating: 100 %, 10 draws/s"]


def test_a_long_stage_is_told_every_quarter_with_the_time_left() -> None:
    news = [(float(k), "simulate", k, 20) for k in range(1, 21)]
    assert lines(news) == [
        "Simulating: 25 %, 1 draws/s, 15 s left",
        "Simulating: 50 %, 1 draws/s, 10 s left",
        "Simulating: 75 %, 1 draws/s, 5 s left",
        "Simulating: 100 %, 1 draws/s",
    ]


def test_a_very_long_stage_is_told_every_ten_seconds() -> None:
    news = [(float(k), "simulate", k, 1000) for k in range(1, 41)]
    assert lines(news) == [
        "Simulating: 1 %, 1 draws/s, 16 min left",
        "Simulating: 2 %, 1 draws/s, 16 min left",
        "Simulating: 3 %, 1 draws/s, 16 min left",
        "Simulating: 4 %, 1 draws/s, 16 min left",
    ]


def test_each_stage_has_its_own_clock() -> None:
    news = [(100.0, "simulate", 1, 1), (105.0, "differences", 1, 2), (110.0, "differences", 2, 2)]
    assert lines(news) == [
        "Simulating: 100 %",
        "Explaining differences: 50 %, 5 s left",
        "Explaining differences: 100 %",
    ]


def test_a_run_that_goes_on_tells_the_speed_of_what_is_new_and_the_draws_that_are_invalid() -> None:
    clock, stream = Clock(), io.StringIO()
    tell = LinesOfProgress(stream, clock)
    tell.draws.found, tell.draws.invalid = 60_000, lambda: 1234
    clock.now = 10.0
    tell("simulate", 80_000, 100_000)
    # 20 000 draws in ten seconds, and as many are left
    assert stream.getvalue() == "Simulating: 80 %, 2 000 draws/s, 1 234 invalid, 10 s left\n"
