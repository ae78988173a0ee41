from __future__ import annotations

import math
import operator
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.spec.expressions import (
    BUILTIN_NAMES,
    FADE_FUNCTIONS,
    FUNCTIONS,
    Binary,
    Call,
    Compare,
    Expression,
    ExpressionError,
    KeyShape,
    Logic,
    Name,
    Number,
    TableShape,
    Unary,
    check_expression,
    names_in,
    nearest,
    parse_expression,
    walk,
)
from engine.spec.language import with_words

NAMES = ("hazard", "horizon", "hr_work", *BUILTIN_NAMES)
TABLES = {
    "mortality": TableShape((KeyShape("age"),), ("rate",)),
    "incomes": TableShape((KeyShape("age"),), ("women", "men")),
    "deaths": TableShape((KeyShape("age"), KeyShape("sex", ("woman", "man"))), ("rate", "sd")),
}


def problems(text: str, *, expect: str = "number") -> list[tuple[int, str]]:
    found = check_expression(parse_expression(text), names=NAMES, tables=TABLES, expect=expect)  # type: ignore[arg-type]
    return [(p.at, p.message) for p in found]


def refusal(text: object) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text)  # type: ignore[arg-type]
    return caught.value


def tree_or_error(text: str) -> Expression | ExpressionError:
    try:
        return parse_expression(text)
    except ExpressionError as error:
        return error


def arithmetic(node: Expression) -> float:
    """Value of a tree of numbers and arithmetic, to test how text is read."""
    match node:
        case Number():
            return node.value
        case Unary(op="-"):
            return -arithmetic(node.operand)
        case Binary():
            by = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "^": operator.pow}
            return float(by[node.op](arithmetic(node.left), arithmetic(node.right)))
    raise AssertionError(node)


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("1_350_000.5", 1350000.5),
        (".5", 0.5),
        ("5.", 5),
        ("1e-3", 0.001),
        ("2.5E+2", 250),
        ("1 - 2 - 3", -4),
        ("12 / 2 / 3", 2),
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 ^ 2", 512),
        ("-2 ^ 2", -4),
        ("2 ^ -2", 0.25),
        ("2 ^ -2 * 3", 0.75),
        ("2 * -3", -6),
        ("- -3", 3),
        ("-2 * 3 - -4", -2),
        ("1 -\n 2", -1),
    ],
)
def test_operators_bind_as_in_mathematics(text: str, value: float) -> None:
    assert arithmetic(parse_expression(text)) == value


def test_conditions_bind_looser_than_comparisons_and_not_looser_than_and() -> None:
    a, b, c = Name("a"), Name("b"), Name("c")
    tree = parse_expression("not a < b and b < c + 1 or a == c")
    both = Logic("and", Unary("not", Compare("<", a, b)), Compare("<", b, Binary("+", c, Number(1))))
    assert tree == Logic("or", both, Compare("==", a, c))


def test_every_node_knows_where_it_stands() -> None:
    tree = parse_expression("  hazard * exp(-b * (age - 20))")
    assert [(type(n).__name__, n.at) for n in walk(tree)] == [
        ("Binary", 9),
        ("Name", 2),
        ("Call", 11),
        ("Binary", 18),
        ("Unary", 15),
        ("Name", 16),
        ("Binary", 25),
        ("Name", 21),
        ("Number", 27),
    ]


def test_a_number_stands_for_itself() -> None:
    assert parse_expression(3) == Number(3.0)
    assert parse_expression(-0.5) == Number(-0.5)


def test_positions_take_no_part_in_equality() -> None:
    assert parse_expression("a+1") == parse_expression("  a  +  1")
    assert hash(parse_expression("a+1")) == hash(parse_expression("a + 1"))


def test_free_names_leave_out_functions_tables_and_columns() -> None:
    tree = with_words(parse_expression("exp(b * age) + mortality(age, women) + incomes(b, men) + max(men, 1)"), TABLES)
    assert names_in(tree) == {"b": 4, "age": 8, "men": 61}


def test_first_offset_of_a_name_is_kept() -> None:
    assert names_in(parse_expression("x + y * x")) == {"x": 0, "y": 4}


# ---------------------------------------------------------------- what is written as elsewhere


@pytest.mark.parametrize(
    ("text", "at", "advice"),
    [
        ("0,05", 0, "write 0.05"),
        ("(0,05)", 1, "write 0.05"),
        ("1 + 12,5", 4, "write 12.5"),
        ("1,350", 0, "write 1.350, or 1_350 if thousands are meant"),
        ("max(0,05, 1)", 4, "write 0.05"),
        ("5 %", 0, "write 0.05"),
        ("5%", 0, "write 0.05"),
        ("2.5 % * x", 0, "write 0.025"),
        ("1 000", 0, "write 1000 or 1_000"),
        ("2 * 1 350 000", 4, "write 1350000 or 1_350_000"),
        ("1\u00a0000", 0, "write 1000 or 1_000"),
        ("1.350.000", 0, "write 1350000 or 1_350_000"),
        ("0777", 0, "begins with 0; write 777"),
        ("2x", 0, "a product is written with *"),
        ("1__0", 0, "neither a number nor a name"),
        ("0x10", 0, "neither a number nor a name"),
        ("2(x)", 1, "an operator such as * is missing"),
        ("a ** b", 2, "a power is written with ^"),
        ("a = b", 2, "equality is written =="),
        ("a && b", 2, "write 'and'"),
        ("a ≤ b", 2, "write <="),
        ("a × b", 2, "write *"),
        ("a − b", 2, "ordinary minus"),
        ("a if b else c", 2, "where(condition, a, b)"),
        ("b ? a : c", 2, "where(condition, a, b)"),
        ("a < b < c", 6, "a < b and b < c"),
        ("ålder", 0, "a to z"),
        ("a\u2003+ b", 1, "U+2003"),
        ("a\x00", 1, "U+0000"),
        ("", 0, "nothing is written"),
        ("  ", 2, "nothing is written"),
        ("a +", 3, "a value is missing"),
        ("* a", 0, "a value is missing before '*'"),
        ("+ a", 0, "leave it out"),
        ("(a", 0, "never closed"),
        ("a)", 1, "never opened"),
        ("max(a, )", 7, "a value is missing before ')'"),
        ("a, b", 1, "a comma parts the arguments"),
        ("a b", 2, "an operator such as * is missing before 'b'"),
        ("1e400", 0, "too large"),
        ("9" * 400, 0, "too large"),
        ("x" * 65, 0, "at most 64"),
    ],
)
def test_a_mistake_is_shown_with_its_place_and_remedy(text: str, at: int, advice: str) -> None:
    error = refusal(text)
    assert advice in error.message
    assert error.at == at


@pytest.mark.parametrize("value", [True, False, None, math.nan, math.inf, -math.inf, 10**400, [1], {"a": 1}])
def test_what_is_neither_text_nor_a_finite_number_is_refused(value: object) -> None:
    refusal(value)


# ---------------------------------------------------------------- hostile input


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('id')",
        '__import__("os")',
        "().__class__.__bases__[0].__subclasses__()",
        "(1).__class__",
        "a.__reduce__",
        "1 .real",
        "f'{a.__class__}'",
        "'{0.__class__}'.format(a)",
        "a[0]",
        "a[b:c]",
        "[x for x in (1, 2)]",
        "{1: 2}",
        "lambda x: x",
        "(lambda: 1)()",
        "@pd.compat.os.system('id')",
        "@a",
        "a := 1",
        "a = 1",
        "a; b",
        "import os",
        "del a",
        "exec('1')",
        'eval("1")',
        "open('/etc/passwd')",
        "getattr(a, 'b')",
        "$(id)",
        "`id`",
        "!!python/object:os.system",
        "max(*a)",
        "max(**a)",
        "max(key=a)",
        "a\\\nb",
        "a # comment",
        "${a}",
        "{{ a }}",
        "a -> b",
        "9j",
        "1e",
        "b'a'",
        "...",
        "\ud800",
        "\u202ea",
        "a\u200bb",
        "ａ",
        "１",
        "∞",
        "a~b",
        "a|b",
        "a<<b",
        "a@b",
    ],
)
def test_nothing_but_arithmetic_is_understood(text: str) -> None:
    refusal(text)


@pytest.mark.parametrize("text", ["eval(a)", "globals()", "__builtins__", "print(1)", "nan", "inf", "True", "None"])
def test_a_harmless_looking_name_is_only_a_name_and_unknown(text: str) -> None:
    assert problems(text)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + "1" + ")" * 999,
        "-" * 1999 + "1",
        "not " * 499 + "a",
        "^".join("a" * 400),
        "a(" * 900,
        "exp(" * 41 + "1" + ")" * 41,
        "+".join("a" * 900),
        "a" * 1_000_000,
        "1 " * 1_000_000,
        "(" * 5_000_000,
        "1" * 5_000_000,
    ],
)
def test_deep_or_huge_input_is_refused_at_once(text: str) -> None:
    before = time.perf_counter()
    refusal(text)
    assert time.perf_counter() - before < 0.5


def test_nesting_and_long_sums_within_the_limits_are_read() -> None:
    assert parse_expression("(" * 39 + "1" + ")" * 39) == Number(1.0)
    assert len(list(walk(parse_expression("+".join(["a"] * 250))))) == 499
    assert problems("+".join(["age"] * 250)) == []


@settings(max_examples=400)
@given(st.text(max_size=200))
def test_any_text_gives_a_tree_or_an_expression_error(text: str) -> None:
    outcome = tree_or_error(text)
    if isinstance(outcome, ExpressionError):
        assert 0 <= outcome.at <= len(text)
        assert outcome.message
    else:
        check_expression(outcome, names=(), tables={}, expect="number")


PIECES = ["a", "age", "1", "0.5", "0", ",", "(", ")", "+", "-", "*", "/", "^", "<", "==", "and", "or", "not", "max("]
PIECES += ["where(", " ", "mortality(", "%", ".", "_", "05", "000", "e3", "step(", "\u00a0"]


@settings(max_examples=1000)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_order_of_right_pieces_gives_a_tree_or_an_expression_error(text: str) -> None:
    outcome = tree_or_error(text)
    if isinstance(outcome, ExpressionError):
        assert 0 <= outcome.at <= len(text)
        return
    names = names_in(outcome)
    for kind in ("number", "condition"):
        for problem in check_expression(outcome, names=names, tables=TABLES, expect=kind):  # type: ignore[arg-type]
            assert 0 <= problem.at <= len(text)


def written(node: Expression) -> str:
    match node:
        case Number():
            return repr(node.value)
        case Name():
            return node.name
        case Call():
            return f"{node.function}({', '.join(written(a) for a in node.arguments)})"
        case Unary():
            return f"({node.op} {written(node.operand)})"
        case _:
            return f"({written(node.left)} {node.op} {written(node.right)})"


LEAVES = st.one_of(
    st.floats(min_value=0, max_value=1e300, allow_nan=False).map(Number), st.sampled_from(["a", "b_2"]).map(Name)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Binary, st.sampled_from("+-*/^"), inner, inner),
        st.builds(Compare, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), inner, inner),
        st.builds(Logic, st.sampled_from(["and", "or"]), inner, inner),
        st.builds(Unary, st.sampled_from(["-", "not"]), inner),
        st.builds(Call, st.sampled_from(["max", "f"]), st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(TREES)
def test_a_written_tree_is_read_back_the_same(tree: Expression) -> None:
    assert parse_expression(written(tree)) == tree


# ---------------------------------------------------------------- meaning


@pytest.mark.parametrize(
    "text",
    [
        "hazard * exp(-0.1 * (age - 20)) ^ 2",
        "where(age < 20 and not year >= 2030, hazard, 0)",
        "prob_to_rate(0.1)",
        "prob_to_rate(0.1, 5)",
        "prob_to_prob(0.1, 5, cycle_length)",
        "mortality(age) + mortality(age, rate) + incomes(time, men)",
        "exponential(3) * linear(5) * step(2)",
        "max(1, 2, 3, cycle)",
    ],
)
def test_a_right_expression_has_no_problems(text: str) -> None:
    assert problems(text) == []


def test_a_condition_is_right_where_one_is_expected() -> None:
    assert problems("hazard <= horizon", expect="condition") == []


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("hazrd", 0, "unknown name 'hazrd'. Did you mean 'hazard'?"),
        ("1 + HAZARD", 4, "Did you mean 'hazard'?"),
        ("exq(1)", 0, "unknown function or table 'exq'. Did you mean 'exp'?"),
        ("ln(2)", 0, "Write log(x)"),
        ("mortalty(age)", 0, "Did you mean 'mortality'?"),
        ("if(1 < 2, 1, 0)", 0, "where(condition, a, b)"),
        ("exp", 0, "'exp' is a function; write exp(x)"),
        ("mortality", 0, "'mortality' is a table; write mortality(age)"),
        ("hazard(age)", 0, "a product is written with *"),
        ("exp()", 0, "exp takes 1 argument, not 0"),
        ("exp(1,5)", 0, "decimals take a point"),
        ("max(1)", 0, "max takes at least 2 arguments, not 1"),
        ("clip(1, 2)", 0, "clip takes 3 arguments, not 2"),
        ("prob_to_rate(1, 2, 3)", 0, "1 or 2 arguments, not 3"),
        ("where(hazard, 1, 2)", 6, "a condition such as 'age < 20' is needed as argument 1 of where"),
        ("where(age < 2, age < 3, 2)", 19, "a number is needed as argument 2 of where"),
        ("1 + (age < 2)", 9, "a number is needed after '+'"),
        ("-(age < 2)", 6, "a number is needed after '-'"),
        ("where((age < 2) < 3, 1, 2)", 11, "a number is needed before '<'"),
        ("where(not age, 1, 2)", 10, "a condition such as 'age < 20' is needed after 'not'"),
        ("where(age and year > 3, 1, 2)", 6, "a condition such as 'age < 20' is needed before 'and'"),
        ("age < 2", 4, "a number is needed here"),
        ("exp(age < 2)", 8, "a number is needed as argument 1 of exp"),
        ("incomes(age)", 0, "has the columns women, men; say which: incomes(age, women)"),
        ("incomes(age, womn)", 13, "table incomes has no column 'womn'. Did you mean 'women'?"),
        ("incomes(age, 1)", 13, "the column of table incomes is a name"),
        ("incomes(age, men, 1)", 0, "takes a key"),
        ("incomes(age < 2, men)", 12, "a number is needed as key of table incomes"),
    ],
)
def test_each_misuse_is_told_with_its_place(text: str, at: int, message: str) -> None:
    found = problems(text)
    assert [place for place, _ in found] == [at]
    assert message in found[0][1]


def test_a_number_is_refused_where_a_condition_is_expected() -> None:
    assert problems("hazard", expect="condition")[0][0] == 0


def test_all_problems_are_told_at_once_in_the_order_written() -> None:
    found = problems("hazrd + exp() * where(age, yeer, 1)")
    assert [at for at, _ in found] == [0, 8, 22, 27]


def test_a_clock_name_out_of_place_is_told_apart_from_an_unknown_one() -> None:
    (problem,) = check_expression(parse_expression("age + 1"), names=("horizon",), tables={}, expect="number")
    assert "belongs to the clock" in problem.message


def test_few_known_names_are_listed_when_none_is_near() -> None:
    assert nearest("zzz", ["b", "a"]) == " Known: a, b."
    assert nearest("zzz", []) == ""


def test_fade_functions_are_functions_and_no_name_is_both() -> None:
    assert set(FADE_FUNCTIONS) <= set(FUNCTIONS)
    assert not set(BUILTIN_NAMES) & set(FUNCTIONS)
