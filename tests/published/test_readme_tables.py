"""The tables of the README beside this file are what the calculations give."""

from tests.published.side_by_side import README, with_tables


def test_tables_in_the_readme_are_current() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_tables(text) == text, "make them anew with python -m tests.published.side_by_side --write"
