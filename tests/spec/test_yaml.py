"""Plain data from YAML, with places; what is left out of YAML is refused."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
import yaml as pyyaml

from engine.spec.yaml import Document, Mark, Marks, dotted, read_yaml

reader = importlib.import_module("engine.spec.yaml")


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both of PyYAML's parsers: a machine without libyaml must see the same."""
    monkeypatch.setattr(reader, "_LOADER", pyyaml.CSafeLoader if request.param == "libyaml" else pyyaml.SafeLoader)
    return str(request.param)


def value_of(text: str) -> Any:
    document = read_yaml(f"a: {text}\n")
    assert not document.faults
    return document.data["a"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12:30", "12:30"),
        ("1:20:30", "1:20:30"),
        ("2024-01-01", "2024-01-01"),
        ("1e-3", 0.001),
        ("1_350_000", 1_350_000),
        ("0o17", 15),
        ("=", "="),
        ("outside -> employed", "outside -> employed"),
        ("2 * x", "2 * x"),
        ("-x", "-x"),
        ("'12'", "12"),
        ('"true"', "true"),
        ("|\n  two\n  lines", "two\nlines\n"),
        ("[1, [a, b]]", [1, ["a", "b"]]),
        ("{b: {}}", {"b": {}}),
        ("Å ä ö 😀", "Å ä ö 😀"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    found = value_of(text)
    assert found == value
    assert type(found) is type(value)


def test_key_named_on_is_text() -> None:
    assert read_yaml("on: 1\nno: 2\n").data == {"on": 1, "no": 2}


def test_places_are_those_of_keys_and_values() -> None:
    document = read_yaml("a:\n  b: 12\n  c: [x, 'y']\nd: {e: f g}\n")
    assert document.keys[("a", "b")][:2] == (2, 3)
    assert document.values[("a", "b")] == Mark(2, 6, 6)
    assert document.values[("a", "c", 0)] == Mark(3, 7, 7)
    assert document.values[("a", "c", 1)] == Mark(3, 10, 11)
    assert document.values[("d", "e")] == Mark(4, 8, 8)
    assert document.flow == {(): False, ("a",): False, ("a", "c"): True, ("d",): True}


@pytest.mark.parametrize("text", ["x + y", "'x + y'", '"x + y"'])
def test_problem_points_into_a_text_on_one_line(text: str) -> None:
    document = read_yaml(f"a: {text}\n")
    problem = Marks({"m.yaml": document}, {"m.yaml": "here/m.yaml"}).problem("m.yaml", ("a",), "?", at=4)
    assert f"a: {text}"[problem.column - 1] == "y"
    assert (problem.path, problem.line, problem.where) == ("here/m.yaml", 1, "a")


@pytest.mark.parametrize("text", ["'it''s y'", '"\\t y"', "|\n  x\n  y", "x\n  + y"])
def test_problem_points_to_the_beginning_where_columns_inside_cannot_be_told(text: str) -> None:
    document = read_yaml(f"a: {text}\n")
    problem = Marks({"m": document}, {}).problem("m", ("a",), "?", at=4)
    assert (problem.line, problem.column) == (1, 4)


def test_problem_of_something_missing_points_to_what_it_is_missing_from() -> None:
    marks = Marks({"m": read_yaml("a:\n  b: 1\n")}, {})
    assert str(marks.problem("m", ("a", "c"), "missing")) == "1:1  a.c: missing"
    assert str(marks.problem("m", ("a", "b"), "key", key=True)) == "2:3  a.b: key"
    assert str(marks.problem("other", ("a",), "nothing known")) == "a: nothing known"


def test_dotted_place_is_printable_whatever_the_key() -> None:
    assert dotted(("a", 0, "b", "c\nd")) == "a[0].b.'c\\nd'"


@pytest.mark.parametrize("text", ["\ufeffa: 1\n"])
def test_byte_order_mark_inside_the_text_is_not_accepted_twice(text: str) -> None:
    # `read_text` takes the first one away; another one is an invisible character like any other.
    assert "U+FEFF" in read_yaml(text).faults[0].message


def faults(text: str) -> list[tuple[int, int, str]]:
    document = read_yaml(text)
    assert document.faults
    return [(f.line, f.column, f.message) for f in document.faults]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: b: c\n", (1, 5), "quotes"),
        ("a:\n\tb: 1\n", (2, 1), "a tab"),
        ("a: 'x\nb: 2\n", (1, 4), "never closed"),
        ("a: {b: 1\nc: 2\n", (1, 4), "'{' opened here is not closed"),
        ("a: [1, 2\n", (1, 4), "'[' opened here is not closed"),
        ("a: 1\n b: 2\n", (2, 3), "mend the indentation"),
        ("a:\n  b: 1\n c: 2\n", (3, 2), "mend the indentation"),
        ("- a\nb: 1\n", (2, 1), "does not fit what stands above"),
        ("a: %x\n", (1, 4), "cannot begin with '%'"),
        ("a: @x\n", (1, 4), "cannot begin with '@'"),
        ("a: `x`\n", (1, 4), "cannot begin with '`'"),
        ("a: * 2\n", (1, 5), "cannot begin with '*'"),
        ("a:\n- b\n-c\n", (3, 1), "`- item` with a space"),
        ("a: 'x' y\n", (1, 8), "quotes as a whole"),
        ("a: }\n", (1, 4), "nothing is opened"),
    ],
)
def test_broken_yaml_is_one_fault_in_plain_words(text: str, place: tuple[int, int], words: str) -> None:
    ((line, column, message),) = faults(text)
    assert (line, column) == place
    assert words in message


def test_double_quoted_escape_that_does_not_exist_is_explained() -> None:
    ((line, _, message),) = faults('a: "x\\q"\n')
    assert line == 1
    assert "single quotes" in message


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\na: 2\n", (2, 1), "'a' stands here and in line 1"),
        ("b: {a: 1, a: 2}\n", (1, 11), "'a' stands here and in line 1"),
        ("a: !!int 3\n", (1, 4), "tag"),
        ("a: ! 3\n", (1, 4), "tag"),
        ("a: &x 1\n", (1, 4), "anchor '&x'"),
        ("a: *x\n", (1, 4), "alias '*x'"),
        ("<<: {b: 1}\n", (1, 1), "merge key"),
        ("1: a\n", (1, 1), "read as a number"),
        ("null: a\n", (1, 1), "read as nothing"),
        ("true: a\n", (1, 1), "read as a truth value"),
        ("007: a\n", (1, 1), "read as a number"),
        ("? {a: 1}\n: b\n", (1, 3), "a key must be text"),
        ("a: 1\n---\nb: 1\n", (2, 1), "second document"),
        ("a: 1\n...\n---\nb: 1\n", (3, 1), "second document"),
        ("a: {v: 0,05}\n", (1, 10), "write 0.05"),
        ("a: 0777\n", (1, 4), "begins with a zero"),
        ("a: .inf\n", (1, 4), "finite"),
        ("a: x\u200by\n", (1, 5), "U+200B"),
        ("a: x\u202ey\n", (1, 5), "U+202E"),
        ("a: x\x07y\n", (1, 5), "U+0007"),
        ("a: x\u2028y\n", (1, 5), "U+2028"),
        ('a: "x\\u202ey"\n', (1, 4), "U+202E"),
        ('"a\\0": 1\n', (1, 1), "U+0000"),
    ],
)
def test_what_is_left_out_of_yaml_is_refused(text: str, place: tuple[int, int], words: str) -> None:
    line, column, message = faults(text)[0]
    assert (line, column) == place
    assert words in message


def test_number_in_quotes_may_be_a_key() -> None:
    assert read_yaml("'2024': a\n").data == {"2024": "a"}


def test_several_faults_are_all_told() -> None:
    assert [(line, column) for line, column, _ in faults("a: &x 1\nb: 0777\nb: *x\n")] == [
        (1, 4),
        (2, 4),
        (3, 1),
        (3, 4),
    ]


def test_depth_is_a_rule_and_not_a_crash() -> None:
    assert not read_yaml("a: " + "[" * 49 + "]" * 49).faults
    for text in ("a: " + "[" * 50 + "]" * 50, "a: " + "{b: " * 2000, "a: " + "[" * 2000):
        ((_, _, message),) = faults(text)
        assert "deeper than 50" in message


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n"])
def test_empty_file_is_told(text: str) -> None:
    ((_, _, message),) = faults(text)
    assert "empty" in message


@pytest.mark.parametrize("text", ["- a\n", "just text\n", "12\n"])
def test_outermost_level_must_be_keys(text: str) -> None:
    ((line, column, message),) = faults(text)
    assert (line, column) == (1, 1)
    assert "`key: value`" in message


def test_document_with_faults_has_no_data_to_rely_on() -> None:
    assert isinstance(read_yaml("a: b: c\n"), Document)
