from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from engine.spec.distributions import FAMILIES, Law, LawError, mass_outside, parse_law, point

COLUMNS = {("stays", "days"): (3.0, 1.0, 2.0, 2.0), ("stays", "flat"): (1.0, 1.0), ("stays", "odd"): (1.0, math.nan)}


def law(text: str, *, value: float = 1.0) -> Law:
    return parse_law(text, value=value, columns=lambda table, column: COLUMNS[table, column])


def refusal(text: str, *, value: float = 1.0) -> LawError:
    with pytest.raises(LawError) as caught:
        law(text, value=value)
    return caught.value


def frozen(law: Law):  # type: ignore[no-untyped-def]
    """The same law by scipy.stats, before `factor`."""
    p = law.parameters
    match law.family:
        case "uniform":
            return stats.uniform(p[0], p[1] - p[0])
        case "normal":
            return stats.norm(*p)
        case "lognormal":
            return stats.lognorm(p[1], scale=math.exp(p[0]))
        case "beta":
            return stats.beta(p[0], p[1], p[2], p[3] - p[2])
        case "gamma":
            return stats.gamma(p[0], scale=p[1])
        case "triangular":
            return stats.triang((p[1] - p[0]) / (p[2] - p[0]), p[0], p[2] - p[0])
        case "truncated_normal":
            return stats.truncnorm((p[2] - p[0]) / p[1], (p[3] - p[0]) / p[1], *p[:2])
    raise AssertionError(law.family)


SPELLED = [
    "uniform(-1, 3)",
    "uniform(high=3, low=-1)",
    "normal(2, 0.5)",
    "normal(2, sd=0.5)",
    "lognormal(mean=1.35, sd=0.3)",
    "lognormal(mean=1.35, q95=1.8)",
    "lognormal(median=1.3, sigma=0.2)",
    "lognormal(median=1.3, q95=1.8)",
    "lognormal(q05=0.8, q95=1.8)",
    "beta(mean=0.3, sd=0.1)",
    "beta(successes=12, failures=30)",
    "gamma(mean=2, sd=3)",
    "gamma(shape=2.5, scale=4)",
    "triangular(0, 1, 5)",
    "triangular(1, 1, 5)",
    "triangular(0, 5, high=5)",
    "pert(0.9, 1, 1.3)",
    "pert(0.9, 1, 1.3, lambda=2)",
    "pert(low=1, mode=1, high=2)",
    "truncated_normal(0.5, 0.3, 0, 1)",
    "truncated_normal(0.5, 0.3, low=0, high=0.1)",
    "truncated_normal(mean=-4, sd=1, low=0, high=3)",
    "truncated_normal(5, 1, -3, 0.5)",
    "truncated_normal(5, 100, 0, 1)",
]


@pytest.mark.parametrize("text", SPELLED)
def test_mean_sd_and_support_are_those_of_scipy(text: str) -> None:
    ours = law(text)
    theirs = frozen(ours)
    scale = theirs.std()
    if ours.family == "truncated_normal":
        # scipy subtracts moments; integrate the quantile function instead.
        u, w = gauss_legendre_unit(400)
        x = theirs.ppf(u)
        mean = float(w @ x)
        assert ours.mean == pytest.approx(mean, rel=0, abs=2e-5 * scale)
        assert ours.sd == pytest.approx(math.sqrt(float(w @ (x - mean) ** 2)), rel=3e-4)
    else:
        assert ours.mean == pytest.approx(theirs.mean(), rel=1e-12)
        assert ours.sd == pytest.approx(theirs.std(), rel=1e-12)
    assert ours.support == pytest.approx(theirs.support(), rel=1e-12)


def gauss_legendre_unit(n: int):  # type: ignore[no-untyped-def]
    import numpy as np

    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


@pytest.mark.parametrize(
    ("mean", "sd", "low", "high"),
    [
        (0.5, 0.3, 0, 1),
        (0, 1, 5.5, 1e9),
        (0, 1, -1e9, -5.5),
        (0, 1, 5, 5.9),
        (3, 1e3, 0, 1),
        (0, 1, -8, 8),
        (0, 1, 2, 3),
    ],
)
def test_moments_of_a_truncated_normal_are_its_integrals(mean: float, sd: float, low: float, high: float) -> None:
    import numpy as np

    a, b = max((low - mean) / sd, -12.0), min((high - mean) / sd, 12.0)
    x, w = np.polynomial.legendre.leggauss(300)
    z = (a + b) / 2 + (b - a) / 2 * x
    # Relative to the largest density, which may be far out.
    nearest = min(max(0.0, a), b)
    w = w * np.exp((nearest - z) * (nearest + z) / 2)
    w = w / w.sum()
    shift = float(w @ z)
    ours = law(f"truncated_normal({mean}, {sd}, {low}, {high})")
    assert ours.mean == pytest.approx(mean + sd * shift, rel=1e-10, abs=1e-10)
    assert ours.sd == pytest.approx(sd * math.sqrt(float(w @ (z - shift) ** 2)), rel=1e-10)


def test_what_was_stated_is_what_the_law_has() -> None:
    assert law("lognormal(mean=1.35, sd=0.3)").mean == pytest.approx(1.35, rel=1e-14)
    assert law("lognormal(mean=1.35, sd=0.3)").sd == pytest.approx(0.3, rel=1e-13)
    assert law("beta(mean=0.3, sd=0.1)").mean == pytest.approx(0.3, rel=1e-14)
    assert law("beta(mean=0.3, sd=0.1)").sd == pytest.approx(0.1, rel=1e-13)
    assert law("gamma(mean=2, sd=3)").sd == pytest.approx(3, rel=1e-14)
    assert law("pert(0.9, 1, 1.3)").mean == pytest.approx((0.9 + 4 + 1.3) / 6, rel=1e-14)
    for text in ("lognormal(mean=1.35, q95=1.8)", "lognormal(median=1.3, q95=1.8)", "lognormal(q05=0.8, q95=1.8)"):
        assert frozen(law(text)).ppf(0.95) == pytest.approx(1.8, rel=1e-13)
    assert law("lognormal(mean=1.35, q95=1.8)").mean == pytest.approx(1.35, rel=1e-14)
    assert frozen(law("lognormal(q05=0.8, q95=1.8)")).ppf(0.05) == pytest.approx(0.8, rel=1e-13)
    assert frozen(law("lognormal(median=1.3, q95=1.8)")).median() == pytest.approx(1.3, rel=1e-14)


@settings(max_examples=200)
@given(mean=st.floats(1e-6, 1e9), ratio=st.floats(1.0001, 3.86))
def test_lognormal_by_mean_and_q95_is_solved_wherever_it_exists(mean: float, ratio: float) -> None:
    mu, sigma = law(f"lognormal(mean={mean!r}, q95={mean * ratio!r})").parameters
    assert 0 < sigma <= 1.6449
    assert mu + sigma**2 / 2 == pytest.approx(math.log(mean), abs=1e-12)
    assert mu + 1.6448536269514727 * sigma == pytest.approx(math.log(mean * ratio), abs=1e-10)


def test_discrete_values_are_sorted_merged_and_freed_of_the_impossible() -> None:
    found = law("discrete([3, 1, 2, 1], [0.5, 0.2, 0, 0.3])")
    assert found == Law("discrete", (), (1.0, 3.0), (0.5, 0.5))
    assert (found.mean, found.sd, found.support) == (2.0, 1.0, (1.0, 3.0))


def test_empirical_law_is_the_sorted_column() -> None:
    found = law("empirical(stays, days)")
    assert found == Law("empirical", values=(1.0, 2.0, 2.0, 3.0)) == law("empirical(table=stays, column=days)")
    assert (found.mean, found.sd) == (2.0, pytest.approx(math.sqrt(0.5)))


def test_relative_law_is_multiplied_by_the_value() -> None:
    found = law("pert(0.9, 1, 1.3, relative=true)", value=1000.0)
    assert found == law("pert(0.9, 1, 1.3)").scaled(1000.0)
    assert found.mean == pytest.approx(1000 * 6.2 / 6)
    assert found.support == (900.0, 1300.0)
    assert law("pert(0.9, 1, 1.3, relative=false)", value=1000.0) == law("pert(0.9, 1, 1.3)")


def test_a_negative_value_turns_a_relative_law_round() -> None:
    found = law("uniform(0.5, 2, relative=true)", value=-10.0)
    assert found.support == (-20.0, -5.0)
    assert found.mean == -12.5
    assert found.sd > 0


def test_scaling_twice_is_scaling_by_the_product() -> None:
    assert law("gamma(mean=2, sd=1)").scaled(2.0).scaled(3.0).mean == pytest.approx(12)
    for factor in (0.0, math.nan, math.inf):
        with pytest.raises(ValueError, match="cannot be scaled"):
            point(1.0).scaled(factor)


def test_laws_can_be_keys() -> None:
    assert len({law("normal(1, 2)"), law("normal(mean=1, sd=2)"), point(3.0), law("point(3)")}) == 2


def test_support_tells_what_lies_outside() -> None:
    assert mass_outside(law("normal(0.5, 0.01)"), 0, 1)
    assert mass_outside(law("uniform(0.5, 1.01)"), 0, 1)
    assert mass_outside(point(-0.1), 0, 1)
    assert not mass_outside(law("beta(mean=0.3, sd=0.1)"), 0, 1)
    assert not mass_outside(law("lognormal(mean=2, sd=1)"), 0, math.inf)


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("lognormal(mean=2, sd=0.6)", 1, "lognormal, mean 2.0, sd 0.6"),
        ("lognormal(mean=1.35, q95=1.8)", 1, "lognormal, mean 1.35, sd 0.25"),
        ("normal(120, 15)", 1, "normal, mean 120, sd 15"),
        ("uniform(0.5, 1.5)", 1, "uniform, 0.5 to 1.5"),
        ("triangular(1, 2, 4)", 1, "triangular, 1 to 4, most likely 2"),
        ("beta(mean=0.3, sd=0.1)", 1, "beta, mean 0.3, sd 0.1"),
        (
            "pert(0.9, 1, 1.3, relative=true)",
            1_350_000,
            "beta between 1\u00a0215\u00a0000 and 1\u00a0755\u00a0000, mean 1\u00a0395\u00a0000, sd 96\u00a0000",
        ),
        ("truncated_normal(0.5, 0.1, 0, 1)", 1, "normal between 0 and 1, mean 0.5, sd 0.1"),
        ("discrete([1, 5], [0.5, 0.5])", 1, "discrete, 2 values, 1 to 5, mean 3, sd 2"),
        ("empirical(stays, days)", 1, "empirical, 4 values, 1 to 3, mean 2.00, sd 0.71"),
        ("point(3.5)", 1, "fixed at 3.5"),
        ("normal(1e-12, 1e-13)", 1, "normal, mean 1e-12, sd 1e-13"),
        ("normal(1e200, 1e199)", 1, "normal, mean 1e+200, sd 1e+199"),
    ],
)
def test_a_law_is_described_in_words_with_sensible_digits(text: str, value: float, words: str) -> None:
    assert law(text, value=value).describe() == words


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("", 0, "the name of a law"),
        ("3", 0, "the name of a law"),
        ("logn(1, 2)", 0, "Did you mean 'lognormal'?"),
        ("weibull(1, 2)", 0, "Known: beta, discrete"),
        ("normal", 6, "write normal(mean=, sd=)"),
        ("normal()", 0, "mean and sd missing"),
        ("normal(1)", 0, "sd missing; write normal(mean=, sd=)"),
        ("normal(1, 2", 6, "never closed"),
        ("normal(1, 2) + 1", 13, "nothing may follow"),
        ("normal(1, 2 * 3)", 12, "plain numbers"),
        ("normal(1; 2)", 8, "',' or ')' should be here"),
        ("normal(1, 2, 3)", 13, "too many arguments"),
        ("normal(1, men=2)", 10, "Did you mean 'mean'?"),
        ("normal(1, mean=2)", 10, "'mean' is given twice"),
        ("normal(mean=1, 2)", 15, "without a name cannot follow"),
        ("normal(1, wide)", 10, "sd is a plain number"),
        ("normal(1, [2])", 10, "sd is a plain number"),
        ("normal(1, 'a')", 10, "a number should be here"),
        ("normal(1, )", 10, "a number should be here, not ')'"),
        ("normal(1, ", 10, "a value is missing"),
        ("normal(1, −2)", 10, "ordinary minus"),
        ("normal(1, 1e400)", 10, "too large"),
        ("normal(1, 0,5)", 12, "with a point in decimals"),
        ("normal(0,05, 1)", 7, "write 0.05"),
        ("normal(mean=0,5, sd=0,1)", 12, "write 0.5"),
        ("normal(5 %, 1 %)", 7, "write 0.05"),
        ("uniform(1 000, 2 000)", 8, "write 1000 or 1_000"),
        ("gamma(2, 3)", 6, "say what the number is: gamma(mean=, sd=) or gamma(shape=, scale=)"),
        ("lognormal(mean=2)", 0, "mean does not make a lognormal law"),
        ("lognormal(mean=2, median=3)", 0, "mean, median does not make"),
        ("lognormal(mean=1, sd=2, q95=3)", 0, "mean, sd, q95 does not make"),
        ("lognormal(mean=1, q59=2)", 18, "Did you mean 'q95'?"),
        ("normal(1, 0)", 10, "sd must be above 0"),
        ("normal(1, -2)", 10, "sd must be above 0, not -2"),
        ("uniform(2, 1)", 11, "high must not be below low: 2 > 1"),
        ("uniform(1, 1)", 11, "nothing is uncertain"),
        ("triangular(0, 2, 1)", 17, "high must not be below mode"),
        ("pert(1, 0, 2)", 8, "mode must not be below low"),
        ("pert(0, 1, 2, lambda=0)", 21, "lambda must be above 0"),
        ("lognormal(mean=0, sd=1)", 15, "mean must be above 0"),
        ("lognormal(mean=-1, q95=1)", 15, "mean must be above 0"),
        ("lognormal(median=0, sigma=1)", 17, "median must be above 0"),
        ("lognormal(median=1, sigma=0)", 26, "sigma must be above 0"),
        ("lognormal(mean=2, q95=2)", 22, "q95 must be above the mean, 2"),
        ("lognormal(mean=2, q95=8)", 22, "no lognormal law with mean 2 has a q95 above 7.7"),
        ("lognormal(median=2, q95=1)", 24, "q95 must be above the median"),
        ("lognormal(q05=2, q95=2)", 21, "q95 must be above q05"),
        ("lognormal(q05=-1, q95=2)", 14, "q05 must be above 0"),
        ("beta(mean=1.2, sd=0.1)", 10, "between 0 and 1"),
        ("beta(mean=0.3, sd=0.5)", 18, "has an sd below 0.4582, not 0.5"),
        ("beta(mean=0.5, sd=0.5)", 18, "has an sd below 0.5, not 0.5"),
        ("beta(successes=0, failures=3)", 15, "successes must be above 0"),
        ("gamma(shape=1, scale=0)", 21, "scale must be above 0"),
        ("gamma(mean=-1, sd=1)", 11, "mean must be above 0"),
        ("truncated_normal(0, 1, 2, 1)", 26, "high must not be below low"),
        ("truncated_normal(0, 1, 7, 9)", 23, "has only 1e-12 of its mass there"),
        ("discrete([1, 2], [0.5, 0.6])", 17, "add up to 1, not 1.1"),
        ("discrete([1, 2], [1.5, -0.5])", 17, "cannot be negative"),
        ("discrete([1, 2], [1])", 17, "2 values, but 1 weights"),
        ("discrete([1, 2], [1, 0])", 9, "only one value is possible"),
        ("discrete([], [])", 13, "add up to 1"),
        ("discrete([1, 2])", 0, "weights missing; write discrete([values], [weights])"),
        ("discrete(1, 2)", 9, "values is a list"),
        ("discrete([1, 2, [1, 1])", 16, "a number should be here"),
        ("discrete([1, 2], [0.5, 0.5], relative=true)", 29, "cannot be relative"),
        ("empirical(stays)", 0, "column missing"),
        ("empirical(stays, nights)", 10, "no table 'stays' with a column 'nights'"),
        ("empirical(stays, flat)", 17, "at least two different values"),
        ("empirical(stays, odd)", 17, "not numbers"),
        ("empirical(1, 2)", 10, "table is a name"),
        ("uniform(1, 2, relative=yes)", 23, "true or false"),
        ("uniform(1, 2, relative=true, relative=true)", 29, "given twice"),
        ("uniform(-1.7e308, 1.7e308)", 0, "too large or too small"),
        ("lognormal(mean=1e-300, sd=1e300)", 0, "too large or too small"),
        ("lognormal(median=1, sigma=200)", 0, "too large or too small"),
        ("gamma(mean=1, sd=0.0009)", 0, "write normal(mean=, sd=)"),
        ("beta(mean=0.5, sd=1e-6)", 0, "write normal(mean=, sd=)"),
        ("pert(0, 1, 2, lambda=1e11)", 0, "write normal(mean=, sd=)"),
        ("beta(mean=0.5, sd=1e-200)", 0, "too large or too small"),
        ("normal(1, 2) " + " " * 2000, 0, "at most 2000"),
    ],
)
def test_each_mistake_is_told_with_its_place_and_remedy(text: str, at: int, message: str) -> None:
    error = refusal(text)
    assert message in error.message
    assert error.at == at


def test_a_law_relative_to_zero_is_refused() -> None:
    error = refusal("uniform(0.9, 1.1, relative=true)", value=0.0)
    assert error.at == 27
    assert "relative to 0" in error.message


def test_without_tables_an_empirical_law_is_refused() -> None:
    with pytest.raises(LawError, match="no tables"):
        parse_law("empirical(a, b)", value=1.0, columns=None)


def test_a_reason_given_by_the_tables_is_passed_on() -> None:
    def columns(table: str, column: str) -> tuple[float, ...]:
        raise KeyError(f"no table '{table}'. Did you mean 'stays'?")

    with pytest.raises(LawError, match="Did you mean 'stays'"):
        parse_law("empirical(stay, days)", value=1.0, columns=columns)


def test_the_largest_sd_that_is_stated_as_possible_is_possible() -> None:
    for mean in (0.01, 0.123, 0.3, 0.5, 0.97):
        stated = refusal(f"beta(mean={mean}, sd=1)").message.split("below ")[1].split(",")[0]
        if float(stated) ** 2 < mean * (1 - mean):
            assert law(f"beta(mean={mean}, sd={stated})").sd == pytest.approx(float(stated), rel=1e-8)


@settings(max_examples=300)
@given(st.text(max_size=80))
def test_any_text_gives_a_law_or_a_law_error(text: str) -> None:
    law_or_error(text)


NUMBERS = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-3, 9)).map(repr)
STATED = st.sampled_from([(f, s) for f, spellings in FAMILIES.items() for s in spellings])


@settings(max_examples=1500)
@given(STATED, st.data(), st.floats(allow_nan=False, allow_infinity=False))
def test_any_numbers_give_a_finite_law_or_a_law_error(stated, data, value: float) -> None:  # type: ignore[no-untyped-def]
    family, spelling = stated
    arguments = [f"{name}={data.draw(NUMBERS)}" for name in (*spelling.arguments, *spelling.optional)]
    if data.draw(st.booleans()):
        arguments.append("relative=true")
    found = law_or_error(f"{family}({', '.join(arguments)})", value=value)
    if isinstance(found, Law):
        assert math.isfinite(found.mean)
        assert math.isfinite(found.sd)
        low, high = found.support
        slack = 1e-9 * (abs(found.mean) + found.sd)
        assert low - slack <= found.mean <= high + slack
        assert found.describe()


PIECES = [
    "normal(",
    "beta(",
    "discrete(",
    "mean",
    "sd",
    "=",
    "1",
    "0.5",
    ",",
    " ",
    "[",
    "]",
    ")",
    "relative",
    "true",
    "-",
]


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join))
def test_any_order_of_right_pieces_gives_a_law_or_a_law_error(text: str) -> None:
    law_or_error(text)


def law_or_error(text: str, *, value: float = 1.0) -> Law | LawError:
    try:
        return law(text, value=value)
    except LawError as error:
        assert_inside(error, text)
        return error


def assert_inside(error: LawError, text: str) -> None:
    assert 0 <= error.at <= len(text)
    assert error.message
