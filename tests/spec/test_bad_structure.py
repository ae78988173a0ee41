"""The table of bad input goes on: strategies, subgroups, times to events, sums over time and outcomes misused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import SpecError
from engine.model.compile import compile_model
from tests.spec.test_bad_input import MODEL, Bad, told_once

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

TABLE = (
    Bad(
        "law_of_a_time_that_is_none",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "weibull"}',
        "66:31",
        'weibull"}',
        "transitions.employed.outside.time_to_event",
        ("a law of a time is needed: exponential(rate)",),
    ),
    Bad(
        "law_of_a_time_misspelt",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "weibul(1, 2)"}',
        "66:31",
        "weibul(1",
        "transitions.employed.outside.time_to_event",
        (
            "unknown law 'weibul'",
            "'weibull'",
        ),
    ),
    Bad(
        "law_of_a_time_with_one_argument",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "weibull(1)"}',
        "66:31",
        'weibull(1)"}',
        "transitions.employed.outside.time_to_event",
        ("weibull(shape, scale) takes 2 arguments, not 1",),
    ),
    Bad(
        "survival_of_a_number",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "survival(1)"}',
        "66:31",
        'survival(1)"}',
        "transitions.employed.outside.time_to_event",
        ("survival takes a table",),
    ),
    Bad(
        "survival_of_an_unknown_table",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "survival(staying)"}',
        "66:40",
        'staying)"}',
        "transitions.employed.outside.time_to_event",
        (
            "no table 'staying'",
            "Known: mortality",
        ),
    ),
    Bad(
        "survival_without_its_column",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "survival(mortality)"}',
        "66:31",
        'survival(mortality)"}',
        "transitions.employed.outside.time_to_event",
        ("has the columns men, women; say which",),
    ),
    Bad(
        "survival_that_does_not_start_whole",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "survival(mortality, men)"}',
        "66:30",
        '"survival(mortality',
        "transitions.employed.outside.time_to_event",
        (
            "starts with 0.001 at 20",
            "1 at 0 years",
        ),
    ),
    Bad(
        "probability_as_rate_of_a_law",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "exponential(find_work)"}',
        "66:43",
        'find_work)"}',
        "transitions.employed.outside.time_to_event",
        (
            "`rate` of exponential needs a rate per year",
            "prob_to_rate",
        ),
    ),
    Bad(
        "money_as_shape_of_a_law",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "weibull(benefit, 3)"}',
        "66:39",
        "benefit",
        "transitions.employed.outside.time_to_event",
        (
            "money per month",
            "`shape` of weibull",
        ),
    ),
    Bad(
        "fade_out_in_a_law_of_a_time",
        MODEL,
        "    outside: {hazard: 0.1}",
        '    outside: {time_to_event: "weibull(1, linear(3))"}',
        "66:42",
        'linear(3))"}',
        "transitions.employed.outside.time_to_event",
        (
            "'linear()' fades",
            "`fade` only",
        ),
    ),
    Bad(
        "money_as_log_odds",
        MODEL,
        "    outside: {hazard: 0.1}",
        "    outside: {logit: benefit}",
        "66:22",
        "benefit}",
        "transitions.employed.outside.logit",
        ("money per month, and `logit` needs",),
    ),
    Bad(
        "log_odds_beside_a_probability",
        MODEL,
        "    employed: {probability: find_work}",
        "    employed: {logit: find_work}",
        "59:5",
        "training_course:",
        "transitions.outside.training_course",
        (
            "log odds",
            "write one kind in a row",
        ),
    ),
    Bad(
        "tunnel_without_cycles",
        MODEL,
        "{label: Outside}",
        "{label: Outside, tunnel: 0}",
        "50:37",
        "0}",
        "states.outside.tunnel",
        (
            "0 is out of range",
            "at least 1",
        ),
    ),
    Bad(
        "time_in_state_in_an_effect",
        MODEL,
        "hazard_ratio: hr_work",
        "hazard_ratio: hr_work + time_in_state",
        "78:59",
        "time_in_state",
        "strategies.coaching.effects[0].hazard_ratio",
        ("means something in the row of a state",),
    ),
    Bad(
        "time_in_state_at_a_transition",
        MODEL,
        "kind: resource, state: outside",
        "kind: resource, transition: outside -> dead, displacement: time_in_state / 20",
        "69:137",
        "time_in_state",
        "cost_items.assistance.displacement",
        (
            "means something in the row of a state",
            "`displacement`",
        ),
    ),
    Bad(
        "negative_dropout",
        MODEL,
        "uptake: 0.8",
        "dropout: -0.5",
        "76:14",
        "-0.5",
        "strategies.coaching.dropout",
        (
            "-0.5 is no rate of dropping out",
            "0 or more",
        ),
    ),
    Bad(
        "probability_of_dropping_out",
        MODEL,
        "uptake: 0.8",
        "dropout: find_work",
        "76:14",
        "find_work",
        "strategies.coaching.dropout",
        (
            "`dropout` needs a rate per year",
            "prob_to_rate",
        ),
    ),
    Bad(
        "negative_ramp",
        MODEL,
        "hazard_ratio: hr_work",
        "ramp_up: -1, hazard_ratio: hr_work",
        "78:44",
        "-1",
        "strategies.coaching.effects[0].ramp_up",
        (
            "builds up in -1 years",
            "0 or more",
        ),
    ),
    Bad(
        "growth_in_per_cent",
        MODEL,
        "amount: benefit_year",
        "growth: 2, amount: benefit_year",
        "69:43",
        "2",
        "cost_items.assistance.growth",
        (
            "growth of 2 is 200 % a year",
            "write 0.02",
        ),
    ),
    Bad(
        "growth_that_leaves_nothing",
        MODEL,
        "amount: benefit_year",
        "growth: -1.5, amount: benefit_year",
        "69:43",
        "-1.5",
        "cost_items.assistance.growth",
        (
            "growth of -1.5",
            "above -1",
        ),
    ),
    Bad(
        "marginal_share_in_per_cent",
        MODEL,
        "amount: benefit_year",
        "marginal_share: 40, amount: benefit_year",
        "69:51",
        "40",
        "cost_items.assistance.marginal_share",
        (
            "40 is no share",
            "write 0.4",
        ),
    ),
    Bad(
        "combination_with_the_baseline",
        MODEL,
        "    uptake: 0.8\n",
        "    combines: [usual]\n",
        "76:16",
        "usual]",
        "strategies.coaching.combines[0]",
        (
            "'usual' is the baseline",
            "leave it out",
        ),
    ),
    Bad(
        "combination_with_itself",
        MODEL,
        "    uptake: 0.8\n",
        "    combines: [coaching]\n",
        "76:16",
        "coaching]",
        "strategies.coaching.combines[0]",
        ("combines itself",),
    ),
    Bad(
        "combination_with_nobody",
        MODEL,
        "    uptake: 0.8\n",
        "    combines: [coachng]\n",
        "76:16",
        "coachng]",
        "strategies.coaching.combines[0]",
        (
            "no strategy 'coachng'",
            "did you mean 'coaching'",
        ),
    ),
    Bad(
        "uptake_of_the_baseline",
        MODEL,
        "usual: {label: No coach, baseline: true",
        "usual: {label: No coach, baseline: true, uptake: 0.5",
        "73:44",
        "uptake:",
        "strategies.usual.uptake",
        ("has no `uptake`",),
    ),
    Bad(
        "a_single_subgroup",
        MODEL,
        "constraints:\n",
        "subgroups:\n  women: {label: Women, share: 1}\nconstraints:\n",
        "79:1",
        "subgroups:",
        "subgroups",
        ("a single subgroup is the whole cohort",),
    ),
    Bad(
        "subgroups_that_do_not_add_up",
        MODEL,
        "constraints:\n",
        ("subgroups:\n  women: {label: Women, share: 0.4}\n  men: {label: Men, share: 0.5}\nconstraints:\n"),
        "79:1",
        "subgroups:",
        "subgroups",
        (
            "shares add up to 0.9",
            "women 0.4 + men 0.5",
        ),
    ),
    Bad(
        "subgroup_that_sets_what_is_one_for_all",
        MODEL,
        "constraints:\n",
        (
            "subgroups:\n  women: {label: Women, share: 0.5, set: {discount_rate: 0.1}}\n  men:"
            " {label: Men, share: 0.5}\nconstraints:\n"
        ),
        "80:43",
        "discount_rate:",
        "subgroups.women.set.discount_rate",
        (
            "counts for the whole cohort alike",
            "remove it",
        ),
    ),
    Bad(
        "subgroup_that_sets_a_choice",
        MODEL,
        "constraints:\n",
        (
            "subgroups:\n  women: {label: Women, share: 0.5, set: {fade_form: never}}\n  men: {"
            "label: Men, share: 0.5}\nconstraints:\n"
        ),
        "80:43",
        "fade_form:",
        "subgroups.women.set.fade_form",
        ("is a choice, which is the same for all",),
    ),
    Bad(
        "subgroup_that_sets_nothing_known",
        MODEL,
        "constraints:\n",
        (
            "subgroups:\n  women: {label: Women, share: 0.5, set: {find_wrk: 0.2}}\n  men: {lab"
            "el: Men, share: 0.5}\nconstraints:\n"
        ),
        "80:43",
        "find_wrk:",
        "subgroups.women.set.find_wrk",
        (
            "no parameter or definition 'find_wrk'",
            "did you mean 'find_work'",
        ),
    ),
    Bad(
        "subgroup_that_sets_money_for_a_probability",
        MODEL,
        "constraints:\n",
        (
            "subgroups:\n  women: {label: Women, share: 0.5, set: {find_work: benefit}}\n  men:"
            " {label: Men, share: 0.5}\nconstraints:\n"
        ),
        "80:54",
        "benefit}}",
        "subgroups.women.set.find_work",
        ("money per month, and `find_work` needs",),
    ),
    Bad(
        "subgroup_older_than_anybody",
        MODEL,
        "constraints:\n",
        (
            "subgroups:\n  women: {label: Women, share: 0.5, start_age: 200}\n  men: {label: Me"
            "n, share: 0.5}\nconstraints:\n"
        ),
        "80:48",
        "200}",
        "subgroups.women.start_age",
        ("200 is out of range",),
    ),
    Bad(
        "simpson_beside_a_timing",
        MODEL,
        "within_cycle: half_cycle",
        "within_cycle: simpson",
        "11:20",
        "mid",
        "time.discount_timing",
        (
            "with `simpson` each boundary",
            "leave `discount_timing` out",
        ),
    ),
    Bad(
        "exact_without_matrix_exponentials",
        MODEL,
        "within_cycle: half_cycle",
        "within_cycle: exact",
        "12:17",
        "exact",
        "time.within_cycle",
        ("`dynamics: matrix_exponential` only",),
    ),
    Bad(
        "boundary_weight_beside_a_correction",
        MODEL,
        "within_cycle: half_cycle",
        "within_cycle: half_cycle\n  boundary_weight: 1",
        "12:17",
        "half_cycle",
        "time.within_cycle",
        (
            "says it already",
            "keep one",
        ),
    ),
    Bad(
        "timing_beyond_the_cycle",
        MODEL,
        "discount_timing: mid",
        "discount_timing: 2",
        "11:20",
        "2",
        "time.discount_timing",
        ("2 is no share",),
    ),
    Bad(
        "correction_below_0",
        MODEL,
        "within_cycle: half_cycle",
        "within_cycle: -1",
        "12:17",
        "-1",
        "time.within_cycle",
        ("-1 is no share",),
    ),
    Bad(
        "years_as_timing",
        MODEL,
        "discount_timing: mid",
        "discount_timing: horizon",
        "11:20",
        "horizon",
        "time.discount_timing",
        ("years, and `discount_timing` needs",),
    ),
    Bad(
        "length_of_a_cycle_in_fortnights",
        MODEL,
        "  cycles: 10",
        "  cycles: 10\n  cycle_length: 1 fortnight",
        "7:17",
        "1",
        "time.cycle_length",
        (
            "no length of time",
            "`2 weeks`",
        ),
    ),
    Bad(
        "dynamics_misspelt",
        MODEL,
        "states:\n",
        "dynamics: matrix_exponentials\nstates:\n",
        "49:11",
        "matrix_exponentials",
        "dynamics",
        ("did you mean 'matrix_exponential'",),
    ),
    Bad(
        "negative_programme_year",
        MODEL,
        "strategy: coaching}",
        "strategy: coaching, year: -1}",
        "71:103",
        "-1}",
        "cost_items.coach.year",
        (
            "-1 is out of range",
            "at least 0",
        ),
    ),
    Bad(
        "no_programme_year",
        MODEL,
        "strategy: coaching}",
        "strategy: coaching, year: []}",
        "71:97",
        "year:",
        "cost_items.coach.year",
        ("an empty list",),
    ),
    Bad(
        "programme_year_twice",
        MODEL,
        "strategy: coaching}",
        "strategy: coaching, year: [0, 0]}",
        "71:107",
        "0]}",
        "cost_items.coach.year[1]",
        ("year 0 is listed twice",),
    ),
    Bad(
        "item_under_an_unknown_strategy",
        MODEL,
        "kind: resource, state: outside",
        "kind: resource, state: outside, strategies: [usal]",
        "69:123",
        "usal]}",
        "cost_items.assistance.strategies[0]",
        (
            "no strategy 'usal'",
            "did you mean 'usual'",
        ),
    ),
    Bad(
        "item_under_a_strategy_twice",
        MODEL,
        "kind: resource, state: outside",
        "kind: resource, state: outside, strategies: [usual, usual]",
        "69:130",
        "usual]}",
        "cost_items.assistance.strategies[1]",
        ("'usual' is listed twice",),
    ),
    Bad(
        "outcome_discounted_in_per_cent",
        MODEL,
        "constraints:\n",
        (
            "outcomes:\n  work: {label: W, unit: years, discount_rate: 3, items: {w: {label: W"
            ", state: employed, amount: 1}}}\nconstraints:\n"
        ),
        "80:48",
        "3",
        "outcomes.work.discount_rate",
        (
            "3 is 300 % a year",
            "write 0.03",
        ),
    ),
    Bad(
        "outcome_of_a_changing_rate",
        MODEL,
        "constraints:\n",
        (
            "outcomes:\n  work: {label: W, unit: years, discount_rate: age / 1000, items: {w: "
            "{label: W, state: employed, amount: 1}}}\nconstraints:\n"
        ),
        "80:48",
        "age",
        "outcomes.work.discount_rate",
        ("'age' changes over time",),
    ),
    Bad(
        "outcome_growing_below_nothing",
        MODEL,
        "constraints:\n",
        (
            "outcomes:\n  work: {label: W, unit: years, items: {w: {label: W, state: employed,"
            " amount: 1, growth: -2}}}\nconstraints:\n"
        ),
        "80:91",
        "-2}}}",
        "outcomes.work.items.w.growth",
        (
            "growth of -2",
            "above -1",
        ),
    ),
    Bad(
        "outcome_named_like_a_payer",
        MODEL,
        "constraints:\n",
        (
            "outcomes:\n  municipality: {label: W, unit: years, items: {w: {label: W, state: e"
            "mployed, amount: 1}}}\nconstraints:\n"
        ),
        "80:3",
        "municipality:",
        "outcomes.municipality",
        ("is a payer or perspective too",),
    ),
)


@pytest.mark.parametrize("bad", TABLE, ids=[bad.name for bad in TABLE])
def test_a_construct_misused_is_told_once_with_place_and_remedy(study: StudyFolder, bad: Bad) -> None:
    told_once(study, bad)


def test_hazards_too_fast_for_matrix_exponentials_are_told_at_once(study: StudyFolder) -> None:
    for old, new in (
        ("states:\n  outside: {label", "dynamics: matrix_exponential\nstates:\n  outside: {label"),
        ("    employed: {probability: find_work}", "    employed: {hazard: find_work / cycle_length}"),
        ("    training_course: {probability: 0.1}", "    training_course: {hazard: 1.0e+9}"),
        ("    employed: {probability: 0.5}", "    employed: {hazard: 0.5}"),
        ('    dead: {probability: "mortality(age, women)"}\n    outside: {rest: true}\n', ""),
    ):
        study.patch(MODEL, old, new)
    with pytest.raises(SpecError) as caught:
        compile_model(study.load())
    assert {p.where for p in caught.value.problems} == {"dynamics"}
    assert "lower them, or shorten the cycle" in caught.value.problems[0].message
