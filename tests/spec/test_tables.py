"""CSV files: rectangular, with points in numbers, and every mistake in its cell."""

from __future__ import annotations

import pytest

from engine.spec.tables import Axis, CsvError, TableData, look_up, read_price_index, read_sources, read_table


def faults(text: str, key: str = "age") -> list[tuple[int, int, str]]:
    with pytest.raises(CsvError) as caught:
        read_table(text, key)
    return [tuple(f) for f in caught.value.faults]


def test_table_is_read_with_its_key_apart() -> None:
    table = read_table("men, age ,women\n0.1,20,1e-2\n0.2,30,1_000\n", "age")
    assert table == TableData((Axis("age", (20.0, 30.0)),), {"men": (0.1, 0.2), "women": (0.01, 1000.0)})


def test_quoted_cells_may_hold_commas_quotes_and_lines() -> None:
    header = "id,quantity,unit,value,low,high,price_year,organisation,title,year,address,confidence"
    sources = read_sources(f'{header}\na,"x, ""y""\nz",,,,,,,T,,,\n')
    assert sources["a"].quantity == 'x, "y"\nz'


def test_place_is_counted_past_quoted_lines() -> None:
    header = "id,quantity,unit,value,low,high,price_year,organisation,title,year,address,confidence"
    with pytest.raises(CsvError) as caught:
        read_sources(f'{header}\na,"x\ny",,,,,,,T,,,\nb,,,,,,,,"",,,\n')
    assert caught.value.faults == [(4, 10, "a source without `title`")]


def test_trailing_empty_lines_are_nothing() -> None:
    assert read_table("age,p\n1,2\n\n\n", "age").key == (1.0,)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", (0, 0), "the file is empty"),
        ("age,p\n", (1, 0), "only a header"),
        ("age,p\n1\n", (2, 1), "1 cells, but the header has 2"),
        ("age,p\n1,0,5\n", (2, 1), "decimals take a point"),
        ("age,p,p\n1,2,3\n", (1, 7), "column 'p' stands twice"),
        ("age,\n1,2\n", (1, 5), "a column without a name"),
        ("age;p\n1;2\n", (1, 1), "semicolons"),
        ("age\tp\n1\t2\n", (1, 1), "tabs"),
        ("year,p\n1,2\n", (1, 1), "no column 'age'"),
        ("age\n1\n", (1, 1), "only the key column"),
        ("age,p\n1,\n", (2, 3), "p: an empty cell"),
        ("age,p\n1,x\n", (2, 3), "p: 'x' is not a number"),
        ('age,p\n1,"0,5"\n', (2, 3), "write 0.5"),
        ("age,p\n1,5 %\n", (2, 3), "write 0.05"),
        ("age,p\n1,1 000\n", (2, 3), "write 1000"),
        ("age,p\n1,.nan\n", (2, 3), "finite"),
        ("age,p\n01,2\n", (2, 1), "begins with a zero"),
        ("age,p\n2,1\n2,1\n", (3, 1), "must rise"),
        ("age,p\n2,1\n1,1\n", (3, 1), "must rise"),
        ('age,p\n1,"2\n', (2, 3), "double quote"),
        ('age,p\n1,"2"3\n', (2, 3), "double quote"),
        ("age,p\n1,\u200b2\n", (2, 3), "U+200B"),
    ],
)
def test_mistake_is_told_in_its_cell(text: str, place: tuple[int, int], words: str) -> None:
    line, column, message = faults(text)[0]
    assert (line, column) == place
    assert words in message


def test_many_mistakes_are_cut_short() -> None:
    found = faults("age,p\n" + "1,x\n" * 100)
    assert len(found) == 21
    assert found[-1][2] == "and 80 more problems from here on"


def test_price_index_is_read_by_year() -> None:
    assert read_price_index("year,index,note\n2020,100,1\n2021,102.5,2\n") == {2020: 100.0, 2021: 102.5}
    with pytest.raises(CsvError, match="not a whole number"):
        read_price_index("year,index\n2020.5,100\n")


@pytest.mark.parametrize("address", ["", "https://a.se/x", "http://a.se", "doi:10.1/x", "library of the city: shelf 4"])
def test_address_of_a_source_may_be_the_web_or_a_place(address: str) -> None:
    header = "id,quantity,unit,value,low,high,price_year,organisation,title,year,address,confidence"
    assert read_sources(f"{header}\na,,,,,,,,T,,{address},\n")["a"].address == address


def test_look_up_takes_the_row_below_or_the_line_between() -> None:
    table = TableData((Axis("age", (20.0, 30.0)),), {"p": (1.0, 3.0)})
    for x, linear, outside, value in (
        (25.0, False, "error", 1.0),
        (25.0, True, "error", 2.0),
        (30.0, True, "error", 3.0),
        (31.0, False, "error", None),
        (31.0, False, "hold", 3.0),
        (0.0, True, "hold", 1.0),
        (31.0, True, "extend", 3.2),
        (0.0, True, "extend", -3.0),
    ):
        found = look_up(table, "p", [x], linear=[linear], outside=[outside])
        assert found == (None if value is None else pytest.approx(value, rel=1e-15))
