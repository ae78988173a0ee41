from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

import engine.report
from engine.errors import UsageError
from engine.report.english import ENGLISH
from engine.report.english_economics import ENGLISH_ECONOMICS
from engine.report.english_follow_up import ENGLISH_FOLLOW_UP
from engine.report.english_inside import ENGLISH_INSIDE
from engine.report.english_model import ENGLISH_MODEL
from engine.report.english_years import ENGLISH_YEARS
from engine.report.messages import LANGUAGES, MODEL_LANGUAGES, Messages, slots_of
from engine.report.swedish_economics import SWEDISH_ECONOMICS
from engine.report.swedish_follow_up import SWEDISH_FOLLOW_UP
from engine.report.swedish_inside import SWEDISH_INSIDE
from engine.report.swedish_years import SWEDISH_YEARS

FLOOR = Path(engine.report.__file__).parent


def _keys_in_code() -> tuple[set[str], set[str]]:
    """Keys written out, and beginnings of keys that the code completes."""
    full, begun = set(), set()
    for path in [*FLOOR.rglob("*.py"), *FLOOR.rglob("*.html")]:
        if path.name.startswith(("english", "swedish")):
            continue
        text = path.read_text(encoding="utf-8")
        for quoted, formatted in re.findall(r'"([a-z]\w*(?:\.\w+)+)"|f"([a-z]\w*\.[\w.]*)\{', text):
            (full if quoted else begun).add(quoted or formatted)
        begun.update(re.findall(r'"([a-z]\w*\.(?:\w+\.)*)" \+', text))
    return full, begun


def test_every_language_has_the_same_messages_with_the_same_slots():
    for language in LANGUAGES.values():
        assert set(language.messages) == set(ENGLISH)
        for key, message in language.messages.items():
            assert slots_of(message) - {"n"} == slots_of(ENGLISH[key]) - {"n"}, key


def test_the_figure_of_the_model_has_the_same_messages_in_each_of_its_languages():
    assert set(MODEL_LANGUAGES) == {"en", "sv"}
    for language in MODEL_LANGUAGES.values():
        assert set(language.messages) == set(ENGLISH_MODEL)
        for key, message in language.messages.items():
            assert slots_of(message) - {"n"} == slots_of(ENGLISH_MODEL[key]) - {"n"}, key
    with pytest.raises(UsageError, match="no figure of the model in language 'xx'; there is en, sv"):
        Messages("xx", MODEL_LANGUAGES)


def test_the_swedish_of_when_and_at_whom_has_the_same_messages_with_the_same_slots():
    assert list(SWEDISH_YEARS) == list(ENGLISH_YEARS)
    for key, message in SWEDISH_YEARS.items():
        assert slots_of(message) - {"n"} == slots_of(ENGLISH_YEARS[key]) - {"n"}, key
        assert message == message.strip(), key


def test_swedish_of_what_is_inside_a_calculation_has_the_messages_and_slots_of_the_english():
    assert set(SWEDISH_INSIDE) == set(ENGLISH_INSIDE)
    for key, message in SWEDISH_INSIDE.items():
        assert slots_of(message) == slots_of(ENGLISH[key]), key


def test_swedish_of_follow_up_studies_has_the_slots_of_the_english_and_leaves_none_out():
    for key, message in SWEDISH_FOLLOW_UP.items():
        assert slots_of(message) == slots_of(ENGLISH[key]), key
    assert set(ENGLISH_FOLLOW_UP) <= set(SWEDISH_FOLLOW_UP)


def test_the_swedish_of_what_is_had_for_the_money_has_the_same_messages_with_the_same_slots():
    assert list(SWEDISH_ECONOMICS) == list(ENGLISH_ECONOMICS)
    for key, message in SWEDISH_ECONOMICS.items():
        assert slots_of(message) == slots_of(ENGLISH_ECONOMICS[key]), key
        assert message == message.strip(), key


def test_every_message_that_the_code_asks_for_exists():
    full, _ = _keys_in_code()
    areas = {key.split(".")[0] for key in ENGLISH}
    asked = {key for key in full if key.split(".")[0] in areas and key not in matplotlib.rcParams}
    forms = {key.rsplit(".", 1)[0] for key in ENGLISH if key.endswith((".one", ".other"))}
    assert asked <= set(ENGLISH) | forms


def test_every_message_is_used():
    full, begun = _keys_in_code()
    for key in ENGLISH:
        stem = re.sub(r"\.(one|other)$", "", key)
        assert key in full or stem in full or any(key.startswith(b) for b in begun), f"{key} is used nowhere"


def test_plural_forms_come_in_pairs_with_the_same_slots():
    for key, message in ENGLISH.items():
        if key.endswith(".one") and key != "answer.gap.one":
            other = ENGLISH[key.removesuffix("one") + "other"]
            assert slots_of(message) - {"n"} <= slots_of(other), key


def test_no_message_is_a_fragment_that_waits_for_another():
    for key, message in ENGLISH.items():
        if not key.startswith("list.") and not key.endswith(".title"):
            assert message == message.strip(), key
            assert not message.endswith((" and", " of", ",", " the")), key


def test_a_count_picks_its_plural_form():
    say = Messages("en")
    assert say.count("plot.other_assumptions", 1) == "1 other assumption"
    assert say.count("plot.other_assumptions", 4) == "4 other assumptions"


def test_a_slot_is_filled_with_text_as_it_stands():
    assert Messages("en")("gap.pair", a="{b}", b="<b>") == "{b} → <b>"


def test_lists_are_written_as_the_language_does():
    say = Messages("en")
    assert say.listed([]) == ""
    assert say.listed(["A"]) == "A"
    assert say.listed(["A", "B", "C"]) == "A, B and C"
    assert say.listed(["A, a", "B", "C"]) == "A, a; B and C"
    assert say.listed(list("ABCDE"), limit=3) == "A, B and 3 more"


def test_a_language_that_does_not_exist_is_a_usage_error():
    with pytest.raises(UsageError, match="no report in language 'xx'"):
        Messages("xx")
