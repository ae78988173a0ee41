"""Dependent parameters as they are written: what is refused, and in what words."""

from __future__ import annotations

import itertools
import math
import random
import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from engine.spec.correlations import (
    blocks,
    cholesky,
    common_factor,
    eigen,
    impossible_part,
    matrix_of,
    nearest_ranks,
    pearson_of_rank,
    rank_of_pearson,
    smallest_eigenvalue,
)
from engine.spec.groups import members_of, theme_of
from engine.spec.structures import bundle_of
from tests.spec.dependent_study import add_dependence

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

MODEL, CONTROLLER = "model.yaml", "calculations/controller.yaml"
CORRELATION = "  - {between: [find_work, hr_work], rank: 0.6, source: labour_survey}\n"


class Bad(NamedTuple):
    name: str
    file: str
    old: str
    new: str
    points_at: str
    """What stands where the problem is said to be."""
    where: str
    words: tuple[str, ...]


def correlation(new: str) -> str:
    return CORRELATION + f"  - {{{new}, source: labour_survey}}\n"


# fmt: off
TABLE = (
    Bad("unknown_parameter", MODEL, "[find_work, hr_work]", "[find_wrk, hr_work]", "find_wrk",
        "correlations[0].between[0]", ("no parameter 'find_wrk'", "did you mean 'find_work'")),
    Bad("a_choice_cannot_be_correlated", MODEL, "[find_work, hr_work]", "[find_work, fade_form]", "fade_form",
        "correlations[0].between[1]", ("'fade_form' is a choice; only parameters are uncertain",)),
    Bad("rank_of_one", MODEL, "rank: 0.6", "rank: 1", "1", "correlations[0].rank", ("must be below 1",)),
    Bad("rank_below_minus_one", MODEL, "rank: 0.6", "rank: -1.2", "-1.2", "correlations[0].rank",
        ("must be above -1",)),
    Bad("rank_that_is_no_number", MODEL, "rank: 0.6", "rank: .nan", ".nan", "correlations[0].rank",
        ("finite number",)),
    Bad("rank_with_comma", MODEL, "  - {between: [find_work, hr_work], rank: 0.6, source: labour_survey}",
        "  - between: [find_work, hr_work]\n    rank: 0,6\n    source: labour_survey", "0,6", "correlations[0].rank",
        ("write 0.6",)),
    Bad("rank_almost_one", MODEL, "rank: 0.6", "rank: 0.9999999999", "0.9999999999", "correlations[0].rank",
        ("leaves nothing", "write it as a definition")),
    Bad("correlation_of_three", MODEL, "[find_work, hr_work]", "[find_work, hr_work, steady]", "between",
        "correlations[0].between", ("at most 2 entries, found 3",)),
    Bad("correlation_of_one", MODEL, "[find_work, hr_work]", "[find_work]", "between",
        "correlations[0].between", ("needs at least 2 entries, found 1",)),
    Bad("correlation_with_itself", MODEL, "[find_work, hr_work]", "[hr_work, hr_work]", "between",
        "correlations[0].between", ("'hr_work' with itself",)),
    Bad("same_pair_turned_round", MODEL, CORRELATION, correlation("between: [hr_work, find_work], rank: 0.1"),
        "between", "correlations[1].between", ("'find_work' and 'hr_work' stand in correlations[0] already",)),
    Bad("no_law_in_the_model", MODEL, "[find_work, hr_work]", "[find_work, steady]", "steady",
        "correlations[0].between[1]", ("'steady' has no `dist` in the model",)),
    Bad("correlated_share", MODEL, "[find_work, hr_work]", "[find_work, share_a]", "share_a",
        "correlations[0].between[1]", ("'share_a' is drawn by `dirichlet.shares`",)),
    Bad("correlation_without_origin", MODEL, "rank: 0.6, source: labour_survey}", "rank: 0.6}", "{",
        "correlations[0]", ("no origin",)),
    Bad("correlation_of_an_unknown_source", MODEL, "rank: 0.6, source: labour_survey}",
        "rank: 0.6, source: labor_survey}", "labor_survey", "correlations[0].source",
        ("no source 'labor_survey'", "did you mean 'labour_survey'")),
    Bad("count_of_zero", MODEL, "[12, 30, 58]", "[12, 0, 58]", "0", "dirichlet.shares.counts[1]",
        ("0 is not above 0", "0.5")),
    Bad("count_that_is_no_number", MODEL, "[12, 30, 58]", "[12, 30, .inf]", ".inf", "dirichlet.shares.counts[2]",
        ("finite number",)),
    Bad("too_large_a_count", MODEL, "[12, 30, 58]", "[12, 30, 5.8e7]", "5.8e7", "dirichlet.shares.counts[2]",
        ("at most 1_000_000",)),
    Bad("count_missing", MODEL, "[12, 30, 58]", "[12, 88]", "counts", "dirichlet.shares.counts",
        ("2 counts, but 3 members",)),
    Bad("value_that_is_not_the_share", MODEL, "value: 0.58", "value: 0.56", "0.56", "parameters.share_c.value",
        ("0.56, but the counts of `dirichlet.shares` make it 0.58", "write 0.58")),
    Bad("share_in_years", MODEL, "label: Share A, value: 0.12, unit: share", "label: Share A, value: 0.12, unit: years",
        "years", "parameters.share_a.unit", ("its unit is `share` or `probability`",)),
    Bad("share_with_a_law", MODEL, "label: Share A, value: 0.12,",
        "label: Share A, value: 0.12, dist: 'uniform(0, 1)',", "'", "parameters.share_a.dist",
        ("'share_a' is drawn by `dirichlet.shares`, which is its law; leave `dist` out",)),
    Bad("unknown_member", MODEL, "[share_a, share_b, share_c]", "[share_a, share_b, share_d]", "share_d",
        "dirichlet.shares.members[2]", ("no parameter 'share_d'", "did you mean")),
    Bad("member_twice", MODEL, "[share_a, share_b, share_c]", "[share_a, share_b, share_a]", "share_a",
        "dirichlet.shares.members[2]", ("'share_a' stands twice",)),
    Bad("member_of_two_structures", MODEL, "{fit_p: p, fit_cost: cost}", "{fit_p: p, fit_cost: cost, share_b: p}",
        "share_b", "joint.fit.columns.share_b", ("'share_b' stands in `dirichlet.shares` too",)),
    Bad("unknown_table", MODEL, "table: posterior", "table: posteriors", "posteriors", "joint.fit.table",
        ("no table 'posteriors'", "did you mean 'posterior'")),
    Bad("unknown_column", MODEL, "fit_cost: cost}", "fit_cost: costs}", "costs", "joint.fit.columns.fit_cost",
        ("no column 'costs'", "did you mean 'cost'")),
    Bad("key_as_column", MODEL, "fit_cost: cost}", "fit_cost: draw}", "draw", "joint.fit.columns.fit_cost",
        ("'draw' is the key",)),
    Bad("column_that_does_not_vary", MODEL, "fit_cost: cost}", "fit_cost: flat}", "flat",
        "joint.fit.columns.fit_cost", ("at least two different values",)),
    Bad("column_outside_the_unit", MODEL, "fit_p: p,", "fit_p: cost,", "cost", "joint.fit.columns.fit_p",
        ("90 to 120", "0 to 1")),
    Bad("value_outside_the_column", MODEL, "label: Fitted chance, value: 0.2", "label: Fitted chance, value: 0.7",
        "p,", "joint.fit.columns.fit_p", ("the value of 'fit_p' is 0.7", "0.1 to 0.3", "right column")),
    Bad("joint_of_one", MODEL, "{fit_p: p, fit_cost: cost}", "{fit_p: p}", "columns", "joint.fit.columns",
        ("needs at least 2 entries, found 1",)),
    Bad("joint_named_like_a_parameter", MODEL, "  fit: {table", "  steady: {table", "steady", "joint.steady",
        ("'steady' stands under `parameters` too",)),
    Bad("structures_of_the_same_name", MODEL, "  fit: {table", "  shares: {table", "shares", "joint.shares",
        ("'shares' stands under `dirichlet` too",)),
    Bad("two_bundles_in_one_row", MODEL, "label: Share A, value: 0.12, unit: share,",
        "label: Share A, value: 0.12, unit: share, bundle: one,", "two", "parameters.share_b.bundle",
        ("the bundle 'one' already",)),
    Bad("calculation_sets_one_share", CONTROLLER, "assumptions:\n",
        "assumptions:\n  share_a: {value: 0.2, why: Seen.}\n", "share_a", "assumptions.share_a",
        ("set all of them or none", "missing: share_b, share_c")),
    Bad("shares_that_do_not_add_up", CONTROLLER, "assumptions:\n",
        "assumptions:\n" + "".join(f"  share_{x}: {{value: 0.3, why: Seen.}}\n" for x in "abc"), "0.3",
        "assumptions.share_a.value", ("add up to 1, and these to 0.9",)),
    Bad("calculation_gives_a_share_a_law", CONTROLLER, "assumptions:\n",
        "assumptions:\n  share_a: {dist: 'uniform(0, 1)', why: Seen.}\n", "'", "assumptions.share_a.dist",
        ("'share_a' is drawn by `dirichlet.shares`, together with share_b and share_c",)),
)
# fmt: on


@pytest.mark.parametrize("bad", TABLE, ids=lambda bad: bad.name)
def test_bad_dependence_is_one_clear_problem_at_its_place(study: StudyFolder, bad: Bad) -> None:
    add_dependence(study)
    if bad.name == "two_bundles_in_one_row":
        study.patch(MODEL, "label: Share B,", "label: Share B, bundle: two,")
    study.patch(bad.file, bad.old, bad.new)
    problem = study.problem()
    assert problem.where == bad.where
    line = study.text(bad.file).split("\n")[problem.line - 1]
    assert line[problem.column - 1 :].startswith(bad.points_at), line[problem.column - 1 :]
    for words in bad.words:
        assert words in problem.message
    assert "\n" not in problem.message


def test_a_sound_study_with_all_three_loads(study: StudyFolder) -> None:
    add_dependence(study)
    model = study.load().model
    assert bundle_of(model, "share_b") == "shares"
    assert bundle_of(model, "fit_cost") == "fit"
    assert bundle_of(model, "hr_work") is None
    assert bundle_of(model, "fade_form") is None


def test_members_move_in_the_bundle_that_one_of_them_names(study: StudyFolder) -> None:
    add_dependence(study)
    study.patch(MODEL, "label: Share B,", "label: Share B, bundle: mix,")
    model = study.load().model
    assert [bundle_of(model, f"share_{x}") for x in "abc"] == ["mix"] * 3


def test_the_key_changes_with_a_rank_and_not_with_its_reason(study: StudyFolder) -> None:
    plain = study.load().key
    add_dependence(study)
    before = study.load().key
    study.patch(MODEL, "rank: 0.6, source: labour_survey}", "rank: 0.6, assumption: Judged.}")
    assert study.load().key == before != plain
    study.patch(MODEL, "rank: 0.6", "rank: 0.61")
    assert study.load().key != before


# ---------------------------------------------------------------- matrices that cannot be


def three(study: StudyFolder, ab: float, ac: float, bc: float) -> None:
    """Three correlated parameters, and a pair beside them that has no part in it."""
    add_dependence(study)
    extra = "".join(
        f"  {x}: {{label: {x}, value: 1, dist: 'lognormal(median=1, sigma=0.2)', unit: ratio, assumption: A.}}\n"
        for x in ("x1", "x2", "x3", "x4")
    )
    study.patch(MODEL, "amount: training * 200", "amount: training * 200 * x1 * x2 * x3 * x4")
    study.patch(MODEL, "correlations:\n", extra + "correlations:\n")
    pairs = {"x2, x1": ab, "x1, x3": ac, "x2, x3": bc, "x4, x3": 0.1}
    new = "".join(f"  - {{between: [{pair}], rank: {rank}, assumption: A.}}\n" for pair, rank in pairs.items())
    study.patch(MODEL, CORRELATION, CORRELATION + new)


def test_impossible_correlations_are_told_with_eigenvalue_block_and_what_is_nearest(study: StudyFolder) -> None:
    three(study, 0.9, 0.9, -0.5)
    problem = study.problem()
    assert problem.where == "correlations[1]"
    assert "x1, x2, x3 (smallest eigenvalue -0." in problem.message
    told = re.findall(r"(x\d) and (x\d) (-?[0-9.]+), not (-?[0-9.]+)", problem.message)
    assert {(a, b) for a, b, _, _ in told} >= {("x1", "x2"), ("x1", "x3"), ("x2", "x3")}
    # What is proposed is accepted as it is written.
    for a, b, new, _ in told:
        for written in (f"[{a}, {b}]", f"[{b}, {a}]"):
            text = study.text(MODEL)
            if written in text:
                study.write(
                    MODEL,
                    re.sub(
                        re.escape(f"{{between: {written}, rank: ") + r"[-0-9.]+",
                        f"{{between: {written}, rank: {new}",
                        text,
                    ),
                )
                break
        else:
            study.patch(MODEL, CORRELATION, CORRELATION + f"  - {{between: [{a}, {b}], rank: {new}, assumption: A.}}\n")
    study.load()


def test_the_proposed_common_factor_is_accepted(study: StudyFolder) -> None:
    ranks = {("a", "b"): 0.9, ("a", "c"): 0.9, ("b", "c"): -0.5}
    names = ("a", "b", "c")
    factor = common_factor(names, ranks)
    assert 0.5 < factor < 1
    assert cholesky(matrix_of(names, {p: r * factor for p, r in ranks.items()})) is not None
    assert cholesky(matrix_of(names, {p: r * (factor + 0.01) for p, r in ranks.items()})) is None


def test_exchangeable_ranks_have_their_closed_form_limit(study: StudyFolder) -> None:
    # Equal correlations r of n normal scores are possible from -1 / (n - 1).
    n = 4
    names = tuple("abcd")
    limit = rank_of_pearson(-1 / (n - 1))
    for shift, possible in ((0.001, True), (-0.001, False)):
        matrix = matrix_of(names, dict.fromkeys(itertools.combinations(names, 2), limit + shift))
        assert (cholesky(matrix) is not None) == possible
        expected = 1 + (n - 1) * pearson_of_rank(limit + shift)
        assert smallest_eigenvalue(matrix) == pytest.approx(expected, abs=1e-12)


def test_nearest_matrix_is_that_of_higham() -> None:
    # Higham (2002), section 4: the nearest correlation matrix to the 3 x 3 tridiagonal matrix of ones.
    near = nearest_ranks(((1.0, 1.0, 0.0), (1.0, 1.0, 1.0), (0.0, 1.0, 1.0)))
    assert pearson_of_rank(near[0][1]) == pytest.approx(0.7607, abs=2e-3)
    assert pearson_of_rank(near[0][2]) == pytest.approx(0.1573, abs=2e-3)


def test_what_is_proposed_is_possible_for_random_matrices() -> None:
    luck = random.Random(5)
    tried = 0
    while tried < 20:
        names = tuple("abcde")
        ranks = {pair: luck.uniform(-0.99, 0.99) for pair in itertools.combinations(names, 2)}
        matrix = matrix_of(names, ranks)
        values, vectors = eigen(matrix)
        again = [[math.fsum(v[k] * x * w[k] for k, x in enumerate(values)) for w in vectors] for v in vectors]
        assert all(math.isclose(again[i][j], matrix[i][j], abs_tol=1e-12) for i in range(5) for j in range(5))
        if cholesky(matrix) is not None:
            continue
        tried += 1
        near = nearest_ranks(matrix)
        scores = tuple(
            tuple(pearson_of_rank(x) if i != j else 1.0 for j, x in enumerate(row)) for i, row in enumerate(near)
        )
        assert cholesky(scores) is not None
        part = impossible_part(names, ranks)
        assert cholesky(matrix_of(part, ranks)) is None
        for left_out in part:
            assert cholesky(matrix_of([name for name in part if name != left_out], ranks)) is not None


def test_blocks_are_what_hangs_together_and_a_rank_of_zero_does_not_bind() -> None:
    ranks = {("a", "c"): 0.1, ("c", "e"): 0.1, ("b", "d"): -0.2, ("d", "e"): 0.0, ("f", "gone"): 0.5}
    assert blocks("fedcba", ranks) == [("a", "c", "e"), ("b", "d")]


def test_a_joint_table_is_a_member_of_a_group_by_its_own_name(study: StudyFolder) -> None:
    add_dependence(study)
    old = "{method: sobol, calculations: [controller], n: 64}"
    asked = "{method: shapley_effects, groups: {fitted: [fit_p, share_a]}}"
    study.patch("study.yaml", old, asked)
    problem = study.problem()
    assert problem.where == "sensitivity[0].groups.fitted[0]"
    assert "name 'fit', which stands for all of them" in problem.message
    study.patch("study.yaml", "[fit_p, share_a]", "[fit, share_a]")
    model = study.load().model
    varying = ("fit", "share_a", "hr_work")
    assert members_of(model, {"fitted": ("fit", "share_a"), "none": ("find_work",)}, varying) == {
        "fitted": ("fit", "share_a")
    }
    assert theme_of(model, "fit") == model.parameters["fit_p"].theme == "other"
    assert members_of(model, "themes", varying) == {"effect": ("hr_work",), "other": ("fit", "share_a")}
    study.patch(MODEL, "fit_p: {label: Fitted chance,", "fit_p: {label: Fitted chance, theme: effect,")
    model = study.load().model
    assert theme_of(model, "fit") is None
    assert members_of(model, "themes", varying) == {"effect": ("hr_work",), "other": ("share_a",)}
