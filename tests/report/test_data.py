from __future__ import annotations

from engine.report.blocks import Cell, Row, Table
from engine.report.data import table_csv


def test_amounts_are_numbers_and_formulas_are_text() -> None:
    rows = (
        Row((Cell("Municipality"), Cell("−85\u00a0200", number=True), Cell("14\u00a0%", number=True))),
        Row((Cell("=cmd()"), Cell("+1\u00a0030\u00a0000", number=True), Cell("–", number=True))),
        Row((Cell("-2, and a comma"), Cell("0.5", number=True), Cell("−1 to +2", number=True))),
    )
    head = (Cell("Payer"), Cell("Mean", number=True), Cell("Share", number=True))
    lines = table_csv(Table("Who pays", head, rows)).split("\r\n")
    assert lines[0] == "# Who pays"
    assert lines[1] == "Payer,Mean,Share"
    assert lines[2] == "Municipality,-85200,14%"
    assert lines[3] == "'=cmd(),1030000,–"
    assert lines[4] == '"\'-2, and a comma",0.5,−1 to +2'


def test_swedish_amounts_are_the_same_numbers_and_places_to_break_a_word_are_not_written() -> None:
    head = (Cell("Betalare"), Cell("Netto\u00adbesparing", number=True))
    rows = (Row((Cell("Kommunen"), Cell("−1\u00a0030,5", number=True))),)
    lines = table_csv(Table("Vem som betalar", head, rows)).split("\r\n")
    assert lines[1:3] == ["Betalare,Nettobesparing", "Kommunen,-1030.5"]
