"""Follow-up studies that a study asks the worth of: what is accepted, and what is refused and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

SOUND = """\
follow_up:
  - label: Follow those who took part
    parameters: [find_work, hr_work]
    sizes: [50, 200, 1000]
    event_share: 0.4
    fixed_cost: 500_000
    cost_per_person: 3_000
    participants: 400
    assumption: Nobody has been asked for an offer.
"""


def ask(study: StudyFolder, old: str = "", new: str = "") -> None:
    assert old in SOUND
    study.write(
        "study.yaml", study.text("study.yaml") + SOUND.replace(old, new) if old else study.text("study.yaml") + SOUND
    )


def test_a_follow_up_is_read_with_sizes_costs_and_origin(study: StudyFolder) -> None:
    ask(study)
    (asked,) = study.load().study.follow_up
    assert asked.sizes == (50, 200, 1000)
    assert (asked.fixed_cost, asked.cost_per_person, asked.participants) == (500_000, 3_000, 400)
    assert asked.assumption is not None


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("[find_work, hr_work]", "[find_wurk]", "parameters[0]", "did you mean 'find_work'"),
        ("[find_work, hr_work]", "[fade_form]", "parameters[0]", "is a choice"),
        ("[find_work, hr_work]", "[find_work, find_work]", "parameters[1]", "stands twice"),
        (
            "[find_work, hr_work]",
            "[find_work, benefit]",
            "parameters[1]",
            "is in `SEK/month`; a follow-up can estimate",
        ),
        ("[find_work, hr_work]", "[half_life]", "parameters[0]", "is in `years`"),
        ("    event_share: 0.4\n", "", "parameters[1]", "add `event_share`"),
        ("[50, 200, 1000]", "[50, 0]", "sizes[1]", "0"),
        ("[50, 200, 1000]", "[50, 200, 50]", "sizes[2]", "50 stands twice"),
        ("[50, 200, 1000]", "[]", "sizes", ""),
        ("event_share: 0.4", "event_share: 1.4", "event_share", "1.4"),
        ("fixed_cost: 500_000", "fixed_cost: -1", "fixed_cost", "-1"),
        ("    assumption: Nobody has been asked for an offer.\n", "", "", "no origin of its costs"),
        ("assumption: Nobody has been asked for an offer.", "source: nobody", "source", "no source 'nobody'"),
    ],
)
def test_what_no_follow_up_can_be_is_refused_where_it_stands(
    study: StudyFolder, old: str, new: str, where: str, said: str
) -> None:
    ask(study, old, new)
    problem = study.problem()
    assert problem.path.endswith("study.yaml")
    assert f"follow_up[0]{'.' if where else ''}{where}" in str(problem)
    assert said in str(problem)


def test_a_parameter_that_everybody_is_sure_of_is_refused(study: StudyFolder) -> None:
    study.patch("model.yaml", "    dist: beta(mean=0.3, sd=0.05)\n", "")
    ask(study)
    assert "'find_work' is certain in every calculation" in str(study.problem())


def test_one_calculation_that_is_unsure_is_enough(study: StudyFolder) -> None:
    study.patch("model.yaml", "    dist: beta(mean=0.3, sd=0.05)\n", "")
    study.patch(
        "calculations/consultant.yaml",
        "assumptions:\n",
        "assumptions:\n  find_work: {value: 0.3, dist: 'beta(mean=0.3, sd=0.1)', why: Unsure.}\n",
    )
    ask(study)
    assert study.load().study.follow_up


def test_it_needs_the_analysis_of_information_and_a_number_of_participants(study: StudyFolder) -> None:
    ask(study, "    participants: 400\n", "")
    study.write("study.yaml", "analyses: [decision]\n" + study.text("study.yaml").replace("cohort: 100\n", ""))
    told = "\n".join(map(str, study.problems()))
    assert "`analyses` leaves out; add it there" in told
    assert "give `participants` here, or `cohort`" in told
