"""What drives the uncertainty where parameters depend on one another, against closed forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import engine
from engine.api.subject import subject
from engine.errors import UsageError
from engine.model.compile import CompiledModel

COUNTS = np.array([12.0, 30.0, 58.0])
WORTH = np.array([3.0, 1.0, 0.0])
"""What one unit of a share is worth, in 500 SEK."""
A, B, RANK, C = 40.0, 30.0, 0.5, 25.0
"""Standard deviations of the two that are correlated, their rank correlation, the deviation of one that is alone."""
GROUPS = {"shares": ["few", "some", "many"], "pair": ["left", "right"]}

MODEL = """\
title: Shares of one whole, two that are correlated, and one alone
price_year: 2024
time: {cycle_length: 1, cycles: 1, start_age: 20, start_year: 2024, horizon: 1, discount_rate: 0}
payers: {all: {label: All}}
perspectives: {society: {label: Society, payers: [all]}}
themes: {lives: Lives, money: Money}
parameters:
  few: {label: Few, value: 0.12, unit: share, theme: lives, assumption: Counted.}
  some: {label: Some, value: 0.3, unit: share, theme: lives, assumption: Counted.}
  many: {label: Many, value: 0.58, unit: share, theme: lives, assumption: Counted.}
  left: {label: Left, value: 0, dist: "normal(0, 40)", unit: number, theme: money, assumption: Assumed.}
  right: {label: Right, value: 0, dist: "normal(0, 30)", unit: number, theme: money, assumption: Assumed.}
  alone: {label: Alone, value: 0, dist: "normal(0, 25)", unit: number, assumption: Assumed.}
dirichlet:
  shares: {members: [few, some, many], counts: [12, 30, 58], assumption: Counted.}
correlations:
  - {between: [left, right], rank: 0.5, assumption: Assumed.}
states: {here: {label: Here}, there: {label: There}}
start: {here: 1}
transitions: {here: {there: {probability: 0}}}
cost_items:
  saved:
    label: Saved
    kind: production
    payer: all
    strategy: try
    year: 0
    amount: 500 * (3 * few + some) + 1 * (left + right + alone) * 1 + 0 * many
strategies: {usual: {label: Usual, baseline: true}, try: {label: Try}}
"""
STUDY = """\
study: dependent
title: Dependent
question: What matters?
model: model.yaml
calculations: [calculations/one.yaml]
headline: society
draws: 64
seed: 1
"""
ONE = """\
calculation: one
label: One
role: Analyst
why: The only one.
perspective: society
perspective_why: All.
assumptions: {}
"""


def write(folder: Path, model: str = MODEL, **calculations: str) -> CompiledModel:
    """A study of these calculations; one, that says nothing of its own, if none is given."""
    calculations = calculations or {"one": ONE}
    (folder / "calculations").mkdir(parents=True)
    (folder / "model.yaml").write_text(model)
    listed = ", ".join(f"calculations/{name}.yaml" for name in calculations)
    (folder / "study.yaml").write_text(STUDY.replace("calculations/one.yaml", listed))
    for name, text in calculations.items():
        (folder / "calculations" / f"{name}.yaml").write_text(text)
    return engine.compile_model(folder)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> CompiledModel:
    return write(tmp_path_factory.mktemp("dependent") / "study")


def variances() -> dict[str, float]:
    """Variance of NPV from each block that depends on no other: it is their sum."""
    share = COUNTS / COUNTS.sum()
    covariance = (np.diag(share) - np.outer(share, share)) / (COUNTS.sum() + 1)
    weight = 500 * WORTH
    rho = 2 * np.sin(np.pi * RANK / 6)
    return {
        "shares": float(weight @ covariance @ weight),
        "left": A**2 + rho * A * B,  # Shapley effect of two normal ones in a sum, Owen and Prieur 2017
        "right": B**2 + rho * A * B,
        "alone": C**2,
    }


def fractions() -> dict[str, float]:
    parts = variances()
    return {name: v / sum(parts.values()) for name, v in parts.items()}


def within(found: object, expected: object, half: object, name: str) -> None:
    """Inside twice a 95 % interval, which is four standard errors."""
    assert abs(float(found) - float(expected)) < 2 * float(half), name  # type: ignore[arg-type]


def test_shapley_effects_take_shares_of_one_whole_as_one_and_condition_on_correlated_ones(model: CompiledModel) -> None:
    found = engine.analyze_sensitivity(model, calculation="one", method="shapley_effects", n=8192)
    assert set(found["parameter"].values.tolist()) == {"shares", "left", "right", "alone"}
    for name, share in fractions().items():
        one = found.sel(parameter=name)
        within(one["shapley_effect"], share, one["shapley_effect_conf"], name)
    whole = found.sel(parameter="shares")
    assert str(whole["members"].item()) == "few, many, some"
    assert str(whole["label"].item()) == "Few; Many; Some"


def test_a_group_may_hold_all_shares_of_a_whole_but_not_some_of_them(model: CompiledModel) -> None:
    groups = {"lives": ["few", "some", "many", "alone"]}
    found = engine.analyze_sensitivity(model, calculation="one", method="shapley_effects", n=512, groups=groups)
    assert set(found["parameter"].values.tolist()) == {"lives", "left", "right"}
    with pytest.raises(UsageError, match=r"few, many, some add up to 1 \(shares\); a group takes all of them, or none"):
        engine.analyze_sensitivity(
            model, calculation="one", method="shapley_effects", groups={"g": ["few", "some"]}, n=512
        )


def test_a_group_does_not_take_the_name_of_shares_that_are_not_in_it(model: CompiledModel) -> None:
    with pytest.raises(
        UsageError, match=r"Group 'shares' has the name of shares that are not in it \(few, many, some\)"
    ):
        engine.analyze_sensitivity(
            model, calculation="one", method="shapley_effects", groups={"shares": ["left", "right"]}, n=512
        )


@pytest.mark.parametrize("method", ["delta", "pawn", "regional", "prim"])
@pytest.mark.parametrize("n", [-5, 1])
def test_a_size_that_is_too_small_is_told_as_that(model: CompiledModel, method: str, n: int) -> None:
    with pytest.raises(UsageError, match=rf"n: {n}; at least 200"):
        engine.analyze_sensitivity(model, calculation="one", method=method, n=n)


@pytest.mark.parametrize("measure", ["S1", "ST"])
def test_sobol_takes_groups_that_hold_all_that_depends_on_one_another(model: CompiledModel, measure: str) -> None:
    found = engine.analyze_sensitivity(model, calculation="one", method="sobol", n=2048, groups=GROUPS)
    share = fractions()
    for name, expected in {
        "shares": share["shares"],
        "pair": share["left"] + share["right"],
        "alone": share["alone"],
    }.items():
        one = found.sel(parameter=name)
        within(one[measure], expected, one[f"{measure}_conf"], name)


def test_morris_takes_such_groups_too_and_one_at_a_time_does_not(model: CompiledModel) -> None:
    found = engine.analyze_sensitivity(model, calculation="one", method="morris", n=64, groups=GROUPS)
    assert float(found["mu_star"].sel(parameter="shares")) > float(found["mu_star"].sel(parameter="alone"))
    with pytest.raises(UsageError, match=r"oneway needs independent parameters; .*Use shapley_effects, delta, pawn"):
        engine.analyze_sensitivity(model, calculation="one", method="oneway", n=64)


def test_a_group_that_leaves_out_one_of_them_is_refused_with_what_would_be_right(model: CompiledModel) -> None:
    told = "left and right are correlated. Use shapley_effects, delta, pawn, regional or prim, or name a group for each"
    with pytest.raises(UsageError, match=told):
        engine.analyze_sensitivity(
            model,
            calculation="one",
            method="sobol",
            n=64,
            groups={"shares": ["few", "some", "many"], "g": ["left", "alone"]},
        )


def correlations() -> dict[str, float]:
    """Correlation of NPV with each parameter."""
    share, rho = COUNTS / COUNTS.sum(), 2 * np.sin(np.pi * RANK / 6)
    covariance = (np.diag(share) - np.outer(share, share)) / (COUNTS.sum() + 1)
    sd = np.sqrt(sum(variances().values()))
    of_shares = covariance @ (500 * WORTH) / np.sqrt(np.diag(covariance)) / sd
    pair = {"left": (A + rho * B) / sd, "right": (B + rho * A) / sd, "alone": C / sd}
    return dict(zip(("few", "some", "many"), of_shares.tolist(), strict=True)) | pair


@pytest.mark.parametrize(
    ("method", "measure"), [("delta", "delta"), ("pawn", "pawn_median"), ("regional", "regional_ks")]
)
def test_methods_of_given_draws_rank_by_correlation_as_all_is_nearly_normal(
    model: CompiledModel, method: str, measure: str
) -> None:
    found = engine.analyze_sensitivity(model, calculation="one", method=method, n=8192)
    expected = {name: abs(r) for name, r in correlations().items()}
    size = {name: float(found[measure].sel(parameter=name)) for name in expected}
    assert sorted(size, key=size.__getitem__) == sorted(expected, key=expected.__getitem__)
    # by its coordinate instead of its own quantiles, `many` would not be told from `alone`
    assert size["many"] > (1.0 if method == "pawn" else 1.25) * size["alone"]


def test_the_region_that_loses_has_limits_in_the_parameters_own_units(tmp_path: Path) -> None:
    model = write(tmp_path / "study", MODEL.replace("* 1 + 0 * many", "* 1 - 330"))
    found = engine.analyze_sensitivity(model, calculation="one", method="prim", n=8192)
    assert float(found["box_base"]) == pytest.approx(0.5, abs=0.05)
    assert float(found["box_density"]) > 0.7
    assert float(found["box_restricted"].sel(parameter="left")) == 1
    for name, law in {"few": stats.beta(12, 88), "left": stats.norm(0, A), "right": stats.norm(0, B)}.items():
        high = float(found["box_high"].sel(parameter=name))
        own = float(found["box_high_value"].sel(parameter=name))
        assert np.isnan(own) if high == 1 else own == pytest.approx(float(law.ppf(high)), rel=1e-9), name


def test_quantiles_of_what_depends_on_others_are_those_of_its_own_law(model: CompiledModel) -> None:
    about = subject(model, "one", party=None, strategy=None, choices=())
    for column, name in enumerate(about.names):
        law = {
            "few": stats.beta(12, 88),
            "some": stats.beta(30, 70),
            "many": stats.beta(58, 42),
            "left": stats.norm(0, A),
            "right": stats.norm(0, B),
            "alone": stats.norm(0, C),
        }[name]
        for u in (0.05, 0.5, 0.95):
            assert about.quantile_of(column, u) == pytest.approx(float(law.ppf(u)), rel=1e-7, abs=1e-7), name


def test_points_seen_at_own_quantiles_are_uniform_and_only_those_of_shares_are_moved(model: CompiledModel) -> None:
    about = subject(model, "one", party=None, strategy=None, choices=())
    x = np.random.default_rng(5).random((4096, len(about.names)))
    seen = about.own_quantiles(x)
    for column, name in enumerate(about.names):
        if name in ("left", "right", "alone"):
            np.testing.assert_array_equal(seen[:, column], x[:, column])
        else:
            assert stats.kstest(seen[:, column], "uniform").pvalue > 1e-3, name
            assert not np.array_equal(seen[:, column], x[:, column])


WHO = """\
calculation: two
label: Two
role: Analyst
why: Another one.
perspective: society
perspective_why: All.
assumptions:
  alone: {value: 50, why: Higher., assumption: Own.}
"""


def test_who_calculates_is_split_where_all_that_depends_on_one_another_is_one_assumption(tmp_path: Path) -> None:
    apart = write(tmp_path / "apart", one=ONE, two=WHO)
    with pytest.raises(UsageError, match=r"left and right are correlated. With a common `bundle` they are one"):
        engine.split_who_and_unsure(apart, points=64)
    bundled = MODEL.replace("theme: money,", "theme: money, bundle: pair,").replace(
        "states:", "bundles: {pair: Left and right}\nstates:", 1
    )
    found = engine.split_who_and_unsure(write(tmp_path / "bundled", bundled, one=ONE, two=WHO), points=256)
    share = variances()
    # half of the mixtures have `alone` at 50, the other half a normal law around 0
    between = 25.0**2
    within = share["shares"] + share["left"] + share["right"] + C**2 / 2
    total = between + within
    reported = found.sel(party="reported")
    within_ = float(reported["within_share"] + reported["both_share"])
    assert float(reported["between_share"]) == pytest.approx(between / total, abs=0.03)
    assert within_ == pytest.approx(within / total, abs=0.03)
