"""Dependent parameters: what is drawn has the laws and the dependence that were stated."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import special, stats

import engine
from engine.errors import UsageError
from engine.model.columns import build_columns
from engine.model.compile import CompiledModel, compile_model
from engine.model.dependence import Correlations, DirichletRow, Structures, dirichlet_shares, label_of, rank_correlation
from engine.model.exact import exact_quantile
from engine.model.inputs import price_factor
from engine.model.parameters import quantile
from engine.results.describe import describe
from engine.run.achieved import achieved_rank_correlations
from engine.run.designs import DESIGNS, unit_points
from engine.spec.correlations import pearson_of_rank
from engine.spec.distributions import Law, parse_law
from engine.spec.load import load_study
from tests.model.slow_dependence import correlate
from tests.spec.dependent_study import POSTERIOR, add_dependence

if TYPE_CHECKING:
    from tests.conftest import StudyFolder

MODEL, CONTROLLER, CONSULTANT = "model.yaml", "calculations/controller.yaml", "calculations/consultant.yaml"
CORRELATION = "  - {between: [find_work, hr_work], rank: 0.6, source: labour_survey}\n"
CONFIGS = Path(__file__).parents[2] / "configs"
N = 4096


@pytest.fixture
def dependent(study: StudyFolder) -> StudyFolder:
    add_dependence(study)
    return study


def compiled(study: StudyFolder) -> CompiledModel:
    return compile_model(study.load())


def drawn(model: CompiledModel, calculation: str, n: int = N, design: str = "monte_carlo") -> dict[str, np.ndarray]:
    points = unit_points(design, model.inputs.uncertain, seed=3, start=0, stop=n, total=n)
    return dict(zip(model.inputs.names, model.inputs.values(calculation, points), strict=True))


def error_of_rank(rank: float, n: int) -> float:
    """Large-sample standard error of Spearman's correlation, a bound for normal scores (Bonett and Wright 2000)."""
    return (1 - rank**2) * np.sqrt((1 + rank**2 / 2) / (n - 3))


# ---------------------------------------------------------------- nothing declared


@pytest.mark.parametrize("folder", ["norrkoping", "two_state"])
def test_without_dependence_every_bit_is_the_quantile_of_the_own_coordinate(folder: str) -> None:
    inputs = compile_model(load_study(CONFIGS / folder)).inputs
    points = unit_points("sobol", inputs.uncertain, seed=2, start=0, stop=257, total=257)
    row = {name: k for k, name in enumerate(inputs.uncertain)}
    for calculation, laws in inputs.laws.items():
        values = inputs.values(calculation, points)
        for k, (name, law) in enumerate(zip(inputs.names, laws, strict=True)):
            alone = np.full(257, law.mean) if law.family == "point" else quantile(law, points[row[name]])
            np.testing.assert_array_equal(values[k], alone)
        own = inputs.uncertain_in(calculation)
        np.testing.assert_array_equal(inputs.own_values(calculation, points[[row[n] for n in own]]), values)
        assert inputs.dependence(calculation).independent
    assert inputs.independent
    assert inputs.groups_of_uncertain == {name: (name,) for name in inputs.uncertain}


# ---------------------------------------------------------------- rank correlation


def test_two_normal_laws_become_exactly_bivariate_normal(study: StudyFolder) -> None:
    extra = "".join(
        f"  {x}: {{label: {x}, value: {m}, dist: 'normal({m}, {sd})', unit: SEK/case, price_year: 2023, "
        "assumption: A.}\n"
        for x, m, sd in (("n1", 10, 2), ("n2", -5, 3))
    )
    add = "correlations: [{between: [n2, n1], rank: -0.7, assumption: A.}]\n"
    study.patch(MODEL, "choices:\n", extra + add + "choices:\n")
    inputs = compiled(study).inputs
    points = unit_points("monte_carlo", inputs.uncertain, seed=1, start=0, stop=500, total=500)
    u = dict(zip(inputs.uncertain, points, strict=True))
    values = dict(zip(inputs.names, inputs.values("controller", points), strict=True))
    r = 2 * np.sin(np.pi * -0.7 / 6)
    z1, z2 = special.ndtri(u["n1"]), special.ndtri(u["n2"])
    np.testing.assert_allclose(values["n1"], 10 + 2 * z1, rtol=1e-14, atol=1e-14)
    np.testing.assert_allclose(values["n2"], -5 + 3 * (r * z1 + np.sqrt(1 - r * r) * z2), rtol=0, atol=1e-11)
    # Every other parameter keeps its very bits.
    np.testing.assert_array_equal(
        values["find_work"], quantile(inputs.laws["controller"][inputs.names.index("find_work")], u["find_work"])
    )


LAWS = (
    "uniform(2, 3)",
    "lognormal(median=1, sigma=1.2)",
    "beta(mean=0.1, sd=0.08)",
    "gamma(mean=3, sd=4)",
    "triangular(0, 0.1, 5)",
    "truncated_normal(1, 2, 0, 2)",
)


@pytest.mark.parametrize("rank", [-0.8, 0.3, 0.9])
def test_stated_rank_correlation_is_reached_and_every_law_stays_what_it_is(study: StudyFolder, rank: float) -> None:
    extra = "".join(
        f"  q{k}: {{label: Q, value: {0.5 if k else 2.5}, dist: '{law}', unit: ratio, assumption: A.}}\n"
        for k, law in enumerate(LAWS)
    )
    pairs = "".join(f"  - {{between: [q{k}, q{k + 1}], rank: {rank}, assumption: A.}}\n" for k in (0, 2, 4))
    study.patch(MODEL, "choices:\n", extra + "correlations:\n" + pairs + "choices:\n")
    model = compiled(study)
    found = achieved_rank_correlations(model, "controller", draws=N, seed=5, design="monte_carlo")
    assert found.names == tuple(f"q{k}" for k in range(6))
    for i, j in itertools.combinations(range(6), 2):
        expected = rank if (i, j) in ((0, 1), (2, 3), (4, 5)) else 0.0
        assert found.stated[i, j] == expected
        assert abs(found.achieved[i, j] - expected) < 4 * error_of_rank(expected, N)
        assert found.error[i, j] < 0.02
    values = drawn(model, "controller")
    for k in range(6):
        law = model.inputs.laws["controller"][model.inputs.names.index(f"q{k}")]
        expected_values = quantile(law, (np.arange(N) + 0.5) / N)
        assert stats.ks_2samp(values[f"q{k}"], expected_values).pvalue > 1e-3


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_reaches_the_rank_and_says_its_error(dependent: StudyFolder, design: str) -> None:
    found = achieved_rank_correlations(compiled(dependent), "controller", draws=N, seed=5, design=design)
    i, j = found.names.index("find_work"), found.names.index("hr_work")
    assert abs(found.achieved[i, j] - 0.6) < 4 * max(found.error[i, j], 1e-4)
    assert found.error[i, j] <= 1.3 * error_of_rank(0.6, N)


def test_achieved_correlations_name_all_that_is_dependent_and_state_what_is_stated(dependent: StudyFolder) -> None:
    found = achieved_rank_correlations(compiled(dependent), "controller", draws=N, seed=5, design="sobol")
    assert found.names == ("find_work", "hr_work", "share_a", "share_b", "share_c", "fit_p", "fit_cost")
    place = {name: k for k, name in enumerate(found.names)}
    assert np.isnan(found.stated[place["share_a"], place["share_b"]])
    assert np.isnan(found.stated[place["fit_p"], place["fit_cost"]])
    assert found.stated[place["share_a"], place["fit_p"]] == 0.0
    assert found.stated[place["find_work"], place["hr_work"]] == 0.6
    # The rows of the table have ranks (1, 4, 2, 3) and (1, 4, 3, 2).
    assert found.achieved[place["fit_p"], place["fit_cost"]] == pytest.approx(0.8, abs=0.01)
    assert abs(found.achieved[place["share_a"], place["fit_p"]]) < 0.02


def test_order_in_the_file_changes_no_bit(study: StudyFolder) -> None:
    extra = "".join(
        f"  q{k}: {{label: Q, value: 1, dist: 'uniform(0, 2)', unit: ratio, assumption: A.}}\n" for k in range(3)
    )
    pairs = [f"  - {{between: [{p}], rank: {r}, assumption: A.}}\n" for p, r in (("q0, q1", 0.5), ("q2, q1", 0.4))]
    turned = [p.replace("q0, q1", "q1, q0").replace("q2, q1", "q1, q2") for p in reversed(pairs)]
    study.patch(MODEL, "choices:\n", extra + "correlations:\n" + "".join(pairs) + "choices:\n")
    one = drawn(compiled(study), "controller")
    study.patch(MODEL, "".join(pairs), "".join(turned))
    two = drawn(compiled(study), "controller")
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])


def test_a_calculation_that_holds_one_certain_leaves_the_other_with_its_law(dependent: StudyFolder) -> None:
    dependent.patch(CONTROLLER, "assumptions:\n", "assumptions:\n  find_work: {value: 0.4, why: Known.}\n")
    dependent.patch(CONSULTANT, "  hr_work: {value: 1.8, dist", "  horizon: {value: 9, why: W.}\n  # {value: 1.8, dist")
    inputs = compiled(dependent).inputs
    assert "find_work" not in inputs.uncertain_in("controller")
    assert inputs.dependence("controller").groups["hr_work"] == ("hr_work",)
    assert inputs.dependence("consultant").groups["find_work + hr_work"] == ("find_work", "hr_work")
    points = unit_points("monte_carlo", inputs.uncertain, seed=3, start=0, stop=N, total=N)
    k = inputs.names.index("hr_work")
    law = inputs.laws["controller"][k]
    here, there = inputs.values("controller", points)[k], inputs.values("consultant", points)[k]
    # The same law has the same values in both calculations, so it is no difference between them.
    np.testing.assert_array_equal(here, there)
    assert stats.ks_2samp(here, quantile(law, (np.arange(N) + 0.5) / N)).pvalue > 1e-3
    # Inside the calculation it is a function of its own coordinate alone.
    own = inputs.uncertain_in("controller")
    row = own.index("hr_work")
    u = points[[inputs.uncertain.index(name) for name in own]]
    np.testing.assert_array_equal(inputs.own_values("controller", u)[k], quantile(law, u[row]))


def test_points_that_are_correlated_already_are_not_mixed_again(dependent: StudyFolder) -> None:
    inputs = compiled(dependent).inputs
    own = inputs.uncertain_in("consultant")
    points = unit_points("monte_carlo", own, seed=3, start=0, stop=64, total=64)
    mixed = correlate(inputs.structures.correlations, dict(zip(own, points, strict=True)))
    # Coordinates near 1 have lost the digits of their scores.
    np.testing.assert_allclose(
        inputs.own_values("consultant", np.stack([mixed[name] for name in own]), correlated=True),
        inputs.own_values("consultant", points),
        rtol=1e-12,
    )


PAIRS = Correlations((("a", "b", 0.7), ("a", "c", 0.7), ("b", "c", 0.5)))


def values_at(points: np.ndarray, text: str) -> np.ndarray:
    """Four inputs of one law at points; a, b and c are correlated by `PAIRS`."""
    law = parse_law(text, value=1.0, columns=lambda table, column: (1.0, 2.0, 2.5))
    columns = build_columns(tuple("abcd"), [law] * 4, (), Structures(PAIRS), tuple("abcd"), correlated=False)
    out = np.empty((4, points.shape[1]))
    columns.fill(points, out)
    return out


@pytest.mark.parametrize(
    "text", ["normal(0, 1)", "uniform(0, 1)", "lognormal(median=1, sigma=3)", "beta(mean=0.1, sd=0.2)"]
)
def test_the_outermost_points_stay_finite(text: str) -> None:
    edge = np.array([2.0**-53, 1 - 2.0**-53, 0.5])
    values = values_at(np.stack([edge] * 4), text)
    assert np.isfinite(values).all()
    if text.startswith("uniform"):
        assert ((values > 0) & (values < 1)).all()
        np.testing.assert_array_equal(values[[0, 3]], [edge, edge])


@pytest.mark.parametrize(
    "text", ["uniform(-1, 3)", "triangular(0, 1, 5)", "discrete([1, 2, 5], [0.2, 0.3, 0.5])", "empirical(a, b)", *LAWS]
)
def test_mixed_scores_give_what_mixed_coordinates_do(text: str) -> None:
    points = np.random.default_rng(5).random((4, 5000))
    before = points.copy()
    law = parse_law(text, value=1.0, columns=lambda table, column: (1.0, 2.0, 2.5))
    mixed = correlate(PAIRS, dict(zip("abcd", points, strict=True)))
    told = np.stack([exact_quantile(law, mixed[name]) for name in "abcd"])
    np.testing.assert_allclose(values_at(points, text), told, rtol=0, atol=3e-9 * law.sd)
    np.testing.assert_array_equal(points, before)


@pytest.mark.parametrize("counts", [(12.0, 30.0, 58.0), (0.4, 0.7, 3.0), (0.003, 5.0, 0.02), (0.003, 0.005, 0.002)])
def test_shares_are_those_of_exact_gamma_quantiles(counts: tuple[float, ...]) -> None:
    points = np.random.default_rng(6).random((3, 3000))
    row = DirichletRow("whole", tuple("abc"), counts)
    laws = [Law("beta", (c, sum(counts) - c, 0.0, 1.0)) for c in counts]
    columns = build_columns(
        tuple("abc"), laws, tuple("abc"), Structures(dirichlet=(row,)), tuple("abc"), correlated=False
    )
    out = np.empty((3, 3000))
    columns.fill(points, out)
    np.testing.assert_allclose(out, dirichlet_shares(counts, list(points)), rtol=1e-5, atol=5e-9)
    np.testing.assert_allclose(out.sum(axis=0), 1.0, rtol=0, atol=4e-16)
    assert bool(columns.beside) == (max(counts) < 0.06)


def test_correlation_of_normal_scores_follows_from_the_rank() -> None:
    for rank in (-0.99, -0.2, 0.0, 0.5, 0.99):
        assert np.arcsin(pearson_of_rank(rank) / 2) * 6 / np.pi == pytest.approx(rank, abs=1e-15)


def test_a_law_turned_round_by_a_negative_factor_keeps_the_sign_of_its_rank(study: StudyFolder) -> None:
    extra = (
        "  cost: {label: C, value: -100, dist: 'pert(0.5, 1, 2, relative=true)', unit: SEK/case, price_year: 2021, "
        "assumption: A.}\ncorrelations: [{between: [cost, find_work], rank: 0.8, assumption: A.}]\n"
    )
    study.patch(MODEL, "choices:\n", extra + "choices:\n")
    values = drawn(compiled(study), "controller")
    achieved = rank_correlation(np.stack([values["cost"], values["find_work"]]))[0, 1]
    assert abs(achieved - 0.8) < 4 * error_of_rank(0.8, N)


# ---------------------------------------------------------------- Dirichlet rows


def test_shares_add_up_to_one_and_have_the_moments_of_the_dirichlet_law(dependent: StudyFolder) -> None:
    values = drawn(compiled(dependent), "controller")
    shares = np.stack([values[f"share_{x}"] for x in "abc"])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=0, atol=4e-16)
    counts = np.array([12.0, 30.0, 58.0])
    total = counts.sum()
    mean = counts / total
    covariance = (np.diag(mean) - np.outer(mean, mean)) / (total + 1)
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(shares.mean(axis=1) - mean) < 4 * sd / np.sqrt(N)).all()
    # Standard error of a covariance of nearly normal variables.
    error = np.sqrt((np.outer(sd**2, sd**2) + covariance**2) / N)
    assert (np.abs(np.cov(shares) - covariance) < 4.5 * error).all()
    for k, count in enumerate(counts):
        assert stats.kstest(shares[k], stats.beta(count, total - count).cdf).pvalue > 1e-3


def test_law_of_a_share_by_itself_is_beta_and_its_point_value_the_counts_share(dependent: StudyFolder) -> None:
    dependent.patch(MODEL, "[12, 30, 58]", "[1, 1, 1]")
    for x, value in (("a", "0.12"), ("b", "0.3"), ("c", "0.58")):
        dependent.patch(MODEL, f"label: Share {x.upper()}, value: {value},", f"label: Share {x.upper()}, value: 0.333,")
    inputs = compiled(dependent).inputs
    rows = [inputs.names.index(f"share_{x}") for x in "abc"]
    assert inputs.point("controller")[rows].sum() == pytest.approx(1.0, abs=1e-15)
    assert inputs.laws["controller"][rows[0]].parameters == (1.0, 2.0, 0.0, 1.0)


def test_counts_far_below_one_give_shares_too() -> None:
    luck = np.random.default_rng(4)
    u = luck.uniform(size=(3, 5000))
    u[:, 0] = 1e-15
    shares = dirichlet_shares((0.003, 0.005, 0.002), list(u))
    assert np.isfinite(shares).all()
    np.testing.assert_allclose(shares.sum(axis=0), 1.0, rtol=0, atol=4e-16)
    mean = np.array([0.3, 0.5, 0.2])
    assert (np.abs(shares.mean(axis=1) - mean) < 4 * np.sqrt(mean * (1 - mean) / 5000)).all()


def test_a_calculation_can_set_all_shares_and_is_then_certain_of_them(dependent: StudyFolder) -> None:
    own = "".join(f"  share_{x}: {{value: {v}, why: Counted here.}}\n" for x, v in (("a", 0.2), ("b", 0.3), ("c", 0.5)))
    dependent.patch(CONTROLLER, "assumptions:\n", "assumptions:\n" + own)
    model = compiled(dependent)
    values = drawn(model, "controller", 8)
    np.testing.assert_array_equal(values["share_a"], np.full(8, 0.2))
    assert not {"share_a", "share_b", "share_c"} & set(model.inputs.uncertain_in("controller"))
    assert "shares" not in model.inputs.dependence("controller").bundles
    assert drawn(model, "consultant", 8)["share_a"].std() > 0


# ---------------------------------------------------------------- joint draws


def rows_of(model: CompiledModel, values: dict[str, np.ndarray]) -> list[tuple[float, float]]:
    factor = price_factor(model.study, 2021)
    return [(p, round(cost / factor, 9)) for p, cost in zip(values["fit_p"], values["fit_cost"], strict=True)]


def test_joint_draws_are_rows_of_the_table_each_as_often(dependent: StudyFolder) -> None:
    model = compiled(dependent)
    told = [tuple(map(float, line.split(",")[1:3])) for line in POSTERIOR.split()[1:]]
    found = rows_of(model, drawn(model, "controller", 1024, "sobol"))
    assert set(found) == set(told)
    assert {row: found.count(row) for row in told} == dict.fromkeys(told, 256)


def test_a_joint_table_is_one_coordinate_named_after_it(dependent: StudyFolder) -> None:
    inputs = compiled(dependent).inputs
    assert inputs.uncertain == ("find_work", "fit", "hr_work", "share_a", "share_b", "share_c")
    assert inputs.uncertain_in("consultant") == inputs.uncertain
    assert inputs.groups_of_uncertain["fit"] == ("fit_p", "fit_cost")
    assert inputs.groups_of_uncertain["share_b"] == ("share_a", "share_b", "share_c")
    assert label_of(compiled(dependent).study.model, "fit") == "Fitted chance; Fitted cost"


def test_a_calculation_can_leave_the_joint_table_with_one_parameter(dependent: StudyFolder) -> None:
    dependent.patch(
        CONTROLLER,
        "assumptions:\n",
        "assumptions:\n  fit_p: {value: 0.45, dist: 'uniform(0.4, 0.5)', assumption: A., why: Own.}\n",
    )
    dependent.patch(
        CONSULTANT,
        "assumptions:\n",
        "assumptions:\n  fit_p: {value: 0.6, why: W.}\n  fit_cost: {value: 5, why: W.}\n",
    )
    model = compiled(dependent)
    inputs = model.inputs
    assert {"fit", "fit_p"} <= set(inputs.uncertain_in("controller"))
    assert not {"fit", "fit_p"} & set(inputs.uncertain_in("consultant"))
    values = drawn(model, "controller", 512)
    assert ((values["fit_p"] > 0.4) & (values["fit_p"] < 0.5)).all()
    assert len(set(values["fit_cost"])) == 4
    assert set(drawn(model, "consultant", 8)["fit_p"]) == {0.6}


def test_parameters_are_uncertain_by_their_laws_and_not_by_what_a_few_points_show(dependent: StudyFolder) -> None:
    dependent.patch(
        MODEL,
        "steady: {label: A certain one, value: 1,",
        "steady: {label: Rare, value: 1, dist: 'discrete([0.5, 1], weights=[0.01, 0.99])',",
    )
    shares = "".join(f"  share_{k}: {{value: {v}, why: W.}}\n" for k, v in zip("abc", (0.2, 0.3, 0.5), strict=True))
    dependent.patch(
        CONSULTANT,
        "assumptions:\n",
        f"assumptions:\n{shares}  fit_p: {{value: 0.6, why: W.}}\n",
    )
    model = compiled(dependent)
    inputs = model.inputs
    # a value of one in a hundred draws, all that a table draws, and all shares of a whole
    assert set(inputs.parameters_uncertain_in("controller")) == {
        *("find_work", "hr_work", "steady", "fit_p", "fit_cost", "share_a", "share_b", "share_c")
    }
    # the consultant sets the shares and one of what the table draws
    assert set(inputs.parameters_uncertain_in("consultant")) == {"find_work", "hr_work", "steady", "fit_cost"}
    for calculation in ("controller", "consultant"):
        values = drawn(model, calculation)
        varies = {name for name, v in values.items() if np.ptp(v) > 0}
        assert set(inputs.parameters_uncertain_in(calculation)) == varies


# ---------------------------------------------------------------- all of it


@pytest.mark.parametrize("design", DESIGNS)
def test_any_cut_of_the_draws_gives_the_same_bits(dependent: StudyFolder, design: str) -> None:
    inputs = compiled(dependent).inputs
    whole = inputs.values("controller", unit_points(design, inputs.uncertain, seed=9, start=0, stop=203, total=203))
    cuts = [0, 1, 2, 19, 64, 130, 203]
    parts = [
        inputs.values("controller", unit_points(design, inputs.uncertain, seed=9, start=a, stop=b, total=203))
        for a, b in itertools.pairwise(cuts)
    ]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    assert whole.flags.c_contiguous


def test_dependence_names_groups_and_refuses_methods_that_need_independence(dependent: StudyFolder) -> None:
    inputs = compiled(dependent).inputs
    found = inputs.dependence("controller")
    assert found.names == inputs.uncertain_in("controller")
    assert found.groups == {
        "find_work + hr_work": ("find_work", "hr_work"),
        "fit": ("fit",),
        "shares": ("share_a", "share_b", "share_c"),
    }
    assert found.bundles == {"shares": ("share_a", "share_b", "share_c"), "fit": ("fit_p", "fit_cost")}
    assert found.dependent == ("find_work", "hr_work", "share_a", "share_b", "share_c")
    assert not found.independent
    assert not inputs.independent
    i, j = found.names.index("find_work"), found.names.index("hr_work")
    assert found.pearson[i, j] == found.pearson[j, i] == pytest.approx(2 * np.sin(np.pi * 0.1), abs=1e-15)
    assert found.rank[i, j] == 0.6
    rest = found.pearson.copy()
    rest[i, j] = rest[j, i] = 0
    np.testing.assert_array_equal(rest, np.eye(len(found.names)))
    message = found.refusal("sobol")
    assert message is not None
    assert "find_work and hr_work are correlated; share_a, share_b and share_c add up to 1" in message
    assert "shapley_effects" in message


def test_description_says_what_is_drawn_together(dependent: StudyFolder) -> None:
    dependent.patch(CONTROLLER, "assumptions:\n", "assumptions:\n  find_work: {value: 0.4, why: Known.}\n")
    model = compiled(dependent)
    entries = {a.name: a for a in describe(model.study, model.inputs).assumptions}
    assert entries["share_a"].default.law.startswith("Dirichlet with Share B and Share C; mean 0.120, sd 0.032")
    assert entries["fit_p"].default.law.startswith(
        "drawn jointly from posterior with Fitted cost; 4 values, 0.1 to 0.3"
    )
    assert entries["fit_p"].uncertain
    assert (entries["fit_p"].bundle, entries["share_c"].bundle, entries["hr_work"].bundle) == ("fit", "shares", None)
    assert entries["hr_work"].values["consultant"].law.endswith("rank correlation 0.6 with Chance of finding work")
    # What one of the two is certain of is not correlated; that makes no difference between calculations.
    assert "correlation" not in entries["hr_work"].values["controller"].law
    assert "correlation" not in entries["hr_work"].values["consultant"].text
    assert entries["find_work"].values["controller"].law == ""
    assert entries["find_work"].values["consultant"].law.endswith("rank correlation 0.6 with Effect of the coach")


def test_discrete_laws_are_correlated_as_far_as_their_ties_allow(study: StudyFolder) -> None:
    extra = "".join(
        f"  d{k}: {{label: D, value: 1, dist: 'discrete([1, 2], [0.5, 0.5])', unit: ratio, assumption: A.}}\n"
        for k in (1, 2)
    )
    add = "correlations: [{between: [d1, d2], rank: 0.5, assumption: A.}]\n"
    study.patch(MODEL, "choices:\n", extra + add + "choices:\n")
    found = achieved_rank_correlations(compiled(study), "controller", draws=N, seed=5, design="monte_carlo")
    # Both above their medians with probability 1/4 + arcsin(r) / (2 pi), so the correlation is 2 arcsin(r) / pi.
    expected = 2 / np.pi * np.arcsin(pearson_of_rank(0.5))
    assert abs(found.achieved[0, 1] - expected) < 4 * np.sqrt((1 - expected**2) / N)


def test_a_run_reports_stated_and_achieved_correlations(dependent: StudyFolder, tmp_path: Path) -> None:
    findings = engine.run_study(dependent.folder, draws=N)
    found = findings.analyses["dependence/controller"]
    direct = achieved_rank_correlations(
        compiled(dependent), "controller", draws=N, seed=findings.provenance["seed"], design="sobol"
    )
    np.testing.assert_array_equal(found["rank_achieved"], direct.achieved)
    at = found.sel(parameter="find_work", parameter_2="hr_work")
    assert float(at["rank_stated"]) == 0.6
    assert abs(float(at["rank_achieved"]) - 0.6) < 4 * error_of_rank(0.6, N)
    folder = engine.write_results(findings, tmp_path / "results")
    assert engine.load_findings(folder).analyses["dependence/controller"].identical(found)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Uncertain figures that depend on one another" in page
    shown = [row for row in page.split("<tr") if "Chance of finding work; Effect" in row and "0.60" in row]
    assert shown
    assert all(f"{float(at['rank_achieved']):.3f}" in row for row in shown[:1])


def test_a_calculation_whose_parameters_are_independent_has_no_correlations_to_achieve() -> None:
    with pytest.raises(UsageError, match="no parameters that depend"):
        engine.achieved_correlations(engine.compile_model(CONFIGS / "two_state"), calculation="wary")
