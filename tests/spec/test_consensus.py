"""Values that a study states as common ground: what is accepted, and what is refused and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import StudyFolder


def state(study: StudyFolder, text: str, more: str = "") -> None:
    study.write("study.yaml", f"{more}{study.text('study.yaml')}differences:\n  consensus: {text}\n")


def test_values_and_alternatives_are_read(study: StudyFolder) -> None:
    state(study, "{horizon: 12, fade_form: slowly}")
    assert study.load().study.differences.consensus == {"horizon": 12, "fade_form": "slowly"}


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("{horizn: 12}", "horizn", "did you mean 'horizon'"),
        ("{fade_form: slow}", "fade_form", "did you mean 'slowly'"),
        ("{horizon: long}", "horizon", "is a parameter; give its value as a number, not 'long'"),
        ("{find_work: 0.3}", "find_work", "there is nothing to agree on"),
    ],
)
def test_what_nobody_could_agree_on_is_refused_where_it_stands(
    study: StudyFolder, text: str, where: str, said: str
) -> None:
    state(study, text)
    problem = study.problem()
    assert problem.path.endswith("study.yaml")
    assert f"differences.consensus.{where}" in str(problem)
    assert said in str(problem)


def test_it_needs_the_analysis_that_tells_it(study: StudyFolder) -> None:
    state(study, "{horizon: 12}", more="analyses: [spread]\n")
    assert "`analyses` leaves out; add it there" in str(study.problem())
