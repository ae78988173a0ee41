import numpy as np
import pytest
import xarray as xr
from scipy.special import ndtri

from engine.analysis.differences import AssumptionGroup
from engine.analysis.plural import split_who_and_unsure
from engine.errors import RunError, UsageError
from engine.vocabulary import VARIABLES

Array = np.ndarray

MEAN = np.array([[1.0, 3.0, 2.0], [2.0, 1.0, 2.0], [6.0, 2.0, 2.0]])
"""(calculation, column); all agree about the last."""
SD = np.array([[0.5, 1.0, 0.7], [1.5, 1.0, 0.7], [1.0, 2.5, 0.7]])
WEIGHTS = np.array([0.5, 0.3, 0.2])
NAMES = ["finance", "consultant", "researcher"]
ASSUMPTIONS = [AssumptionGroup(name, name.title(), "theme", (j,)) for j, name in enumerate(("effect", "cost", "luck"))]


def normal(mean: Array, sd: Array):  # type: ignore[no-untyped-def]
    return lambda u: mean[:, None] + sd[:, None] * ndtri(u)


def outcomes(x: Array) -> Array:
    """One assumption alone, a sum of all, a product, a payer whom it does not touch."""
    return np.stack([x[:, 0], x.sum(axis=1), x[:, 0] * x[:, 1], np.zeros(x.shape[0])], axis=1)


PARTIES = ["one", "sum", "product", "untouched"]


def split(**options: object) -> xr.Dataset:
    given: dict[str, object] = {
        "n_uncertain": 3,
        "assumptions": ASSUMPTIONS,
        "parties": PARTIES,
        "reported": dict.fromkeys(NAMES, "sum"),
        "weights": dict(zip(NAMES, WEIGHTS, strict=True)),
        "points": 512,
        **options,
    }
    values_of = given.pop("values_of", {c: normal(MEAN[k], SD[k]) for k, c in enumerate(NAMES)})
    evaluate = given.pop("evaluate", outcomes)
    return split_who_and_unsure(evaluate, values_of, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def found() -> xr.Dataset:
    return split()


def moments() -> tuple[Array, Array, Array, Array]:
    """Over calculations: mean and variance of the means, mean and variance of the standard deviations."""
    mean, sd = WEIGHTS @ MEAN, WEIGHTS @ SD
    return mean, WEIGHTS @ MEAN**2 - mean**2, sd, WEIGHTS @ SD**2 - sd**2


def near(found: xr.Dataset, name: str, party: str, wanted: float, **where: str) -> None:
    value, conf = (float(found[k].sel(party=party, **where)) for k in (name, f"{name}_conf"))
    assert abs(value - wanted) <= 2.5 * conf + 1e-9, (name, party, where, value, wanted, conf)
    assert conf < 0.03


def test_one_normal_assumption_divides_by_the_law_of_total_variance(found: xr.Dataset) -> None:
    """x = m_e + s_e z: Var E[x|e] = Var m, E Var[x|e] = E s², of which (E s)² is alike whoever calculates."""
    _, var_mean, sd, var_sd = (float(x[0]) for x in moments())
    v = var_mean + sd**2 + var_sd
    near(found, "between_share", "one", var_mean / v)
    near(found, "within_share", "one", sd**2 / v)
    near(found, "both_share", "one", var_sd / v)
    assert float(found["total_sd"].sel(party="one")) == pytest.approx(np.sqrt(v), rel=0.01)


def test_a_sum_adds_up_over_assumptions(found: xr.Dataset) -> None:
    _, var_mean, sd, var_sd = moments()
    v = (var_mean + sd**2 + var_sd).sum()
    near(found, "between_share", "sum", var_mean.sum() / v)
    near(found, "within_share", "sum", (sd**2).sum() / v)
    near(found, "both_share", "sum", var_sd.sum() / v)
    for j, group in enumerate(ASSUMPTIONS):
        at = {"assumption": group.name}
        near(found, "who_share", "sum", var_mean[j] / v, **at)
        near(found, "unsure_share", "sum", sd[j] ** 2 / v, **at)
        near(found, "who_unsure_share", "sum", var_sd[j] / v, **at)
        near(found, "who_total_share", "sum", (var_mean + var_sd)[j] / v, **at)
        near(found, "unsure_total_share", "sum", (sd**2 + var_sd)[j] / v, **at)


def test_a_product_has_its_closed_form(found: xr.Dataset) -> None:
    mean, var_mean, sd, var_sd = moments()
    square = mean**2 + var_mean + sd**2 + var_sd
    v = square[0] * square[1] - (mean[0] * mean[1]) ** 2
    between = np.prod((mean**2 + var_mean)[:2]) - np.prod(mean[:2] ** 2)
    within = np.prod((mean**2 + sd**2)[:2]) - np.prod(mean[:2] ** 2)
    near(found, "between_share", "product", between / v)
    near(found, "within_share", "product", within / v)
    near(found, "both_share", "product", 1 - (between + within) / v)
    for j in (0, 1):
        at = {"assumption": ASSUMPTIONS[j].name}
        other = mean[1 - j] ** 2
        near(found, "who_share", "product", var_mean[j] * other / v, **at)
        near(found, "unsure_share", "product", sd[j] ** 2 * other / v, **at)
        near(found, "who_unsure_share", "product", var_sd[j] * other / v, **at)
        near(found, "who_total_share", "product", (var_mean + var_sd)[j] * square[1 - j] / v, **at)
        near(found, "unsure_total_share", "product", (sd**2 + var_sd)[j] * square[1 - j] / v, **at)


def test_the_three_parts_add_up(found: xr.Dataset) -> None:
    whole = found["between_share"] + found["within_share"] + found["both_share"]
    np.testing.assert_allclose(whole.sel(party=PARTIES[:3]), 1)


def test_who_matters_not_where_all_agree_and_luck_not_where_all_are_certain(found: xr.Dataset) -> None:
    assert found["differs"].values.tolist() == [True, True, False]
    assert found["uncertain"].values.all()
    assert (found["who_share"].sel(party="sum", assumption="luck") == 0).all()
    certain = split(values_of={c: normal(MEAN[k], 0 * SD[k]) for k, c in enumerate(NAMES)}, points=64)
    assert not certain["uncertain"].any()
    assert certain["assumption"].values.tolist() == ["effect", "cost"]
    np.testing.assert_array_equal(certain["between_share"].sel(party="product"), 1)
    np.testing.assert_array_equal(certain["both_share"].sel(party="product"), 0)
    alike = split(values_of={c: normal(MEAN[0], SD[0]) for c in NAMES}, points=64)
    np.testing.assert_array_equal(alike["within_share"].sel(party="product"), 1)


def test_a_party_that_nothing_touches_has_no_shares(found: xr.Dataset) -> None:
    untouched = found.sel(party="untouched")
    assert float(untouched["total_sd"]) == 0
    for name in ("between_share", "within_share", "both_share", "who_share", "unsure_share"):
        assert np.isnan(untouched[name]).all()


def test_the_perspective_is_supplied_by_a_calculator_too() -> None:
    """All say the same and read different outcomes: the reported disagreement is all about the perspective."""
    apart = split(
        values_of={c: normal(MEAN[0], 0 * SD[0]) for c in NAMES},
        evaluate=lambda x: x,
        parties=["a", "b", "c"],
        reported=dict(zip(NAMES, "abc", strict=True)),
        points=256,
    )
    assert apart["assumption"].values.tolist() == ["perspective"]
    assert float(apart["who_share"].sel(party="reported", assumption="perspective")) == pytest.approx(1, abs=0.02)
    v = WEIGHTS @ MEAN[0] ** 2 - (WEIGHTS @ MEAN[0]) ** 2
    assert float(apart["total_sd"].sel(party="reported")) == pytest.approx(np.sqrt(v), rel=0.01)


def test_a_bundle_is_supplied_and_uncertain_as_one() -> None:
    bundle = [AssumptionGroup("both", "Both", "theme", (0, 1)), ASSUMPTIONS[2]]
    found = split(assumptions=bundle, evaluate=lambda x: x[:, :2].sum(axis=1)[:, None], parties=["sum"])
    mean, sd = MEAN[:, :2].sum(axis=1), SD[:, :2]
    var_mean = WEIGHTS @ mean**2 - (WEIGHTS @ mean) ** 2
    v = var_mean + WEIGHTS @ (sd**2).sum(axis=1)
    near(found, "who_share", "sum", var_mean / v, assumption="both")
    near(found, "unsure_share", "sum", ((WEIGHTS @ sd) ** 2).sum() / v, assumption="both")


def test_the_cut_into_chunks_changes_nothing_and_all_names_are_in_the_vocabulary() -> None:
    told: list[tuple[int, int]] = []
    one = split(points=16)
    xr.testing.assert_identical(one, split(points=16, chunk=7, progress=lambda *x: told.append(x)))
    assert told[-1] == (one.attrs["runs"],) * 2
    for name in one.data_vars:
        assert one[name].dims == VARIABLES[str(name)].dims


def test_what_cannot_be_split_is_refused() -> None:
    with pytest.raises(UsageError, match="one only"):
        split(values_of={"finance": normal(MEAN[0], SD[0])})
    with pytest.raises(UsageError, match="belongs to no assumption"):
        split(assumptions=ASSUMPTIONS[:2], points=4)
    with pytest.raises(UsageError, match="at least 2"):
        split(points=1)
    with pytest.raises(RunError, match="not finite"):
        split(evaluate=lambda x: np.full((x.shape[0], 4), np.nan), points=4)
