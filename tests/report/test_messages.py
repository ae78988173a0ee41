from __future__ import annotations

import re
from pathlib import Path

import matplotlib
import pytest

import engine.report
from engine.errors import UsageError
from engine.report.english import ENGLISH
from engine.report.messages import LANGUAGES, Messages, slots_of

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


def test_no_part_of_a_catalogue_overwrites_a_message_of_another():
    for language in ("english", "swedish"):
        whole = f"{language}.py"
        keys = [
            key
            for path in FLOOR.glob(f"{language}*.py")
            for key in re.findall(r'^    "([^"]+)":', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        ]
        assert len(keys) == len(ENGLISH), whole
        assert set(keys) == set(ENGLISH), whole


def test_every_part_of_the_english_has_its_counterpart_with_the_same_keys():
    for path in FLOOR.glob("english*.py"):
        ours, theirs = (
            re.findall(r'^    "([^"]+)":', p.read_text(encoding="utf-8"), flags=re.MULTILINE)
            for p in (path, path.with_name(path.name.replace("english", "swedish")))
        )
        assert theirs == ours, path.name


def test_swedish_is_set_as_swedish_is():
    for key, message in LANGUAGES["sv"].messages.items():
        assert not set('“"') & set(message), f"{key}: Swedish quotes are ”…”"
        assert not re.search(r"\d%|procents |SEK", message), key
        assert not re.search(r"\}s\b|\}-", message), f"{key}: a name takes no ending, which would not fit all names"


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
    for language in LANGUAGES.values():
        for key, message in language.messages.items():
            if key.endswith(".one") and key != "answer.gap.one":
                other = language.messages[key.removesuffix("one") + "other"]
                assert slots_of(message) - {"n"} <= slots_of(other), key


def test_no_message_is_a_fragment_that_waits_for_another():
    for language in LANGUAGES.values():
        for key, message in language.messages.items():
            if not key.startswith("list.") and not key.endswith(".title"):
                assert message == message.strip(), key
                assert not message.endswith((" and", " of", ",", " the", " och", " den")), key


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
    assert Messages("sv").listed(["A", "B", "C"]) == "A, B och C"
    assert Messages("sv").listed(list("ABCDE"), limit=3) == "A, B och 3 till"


def test_a_language_that_does_not_exist_is_a_usage_error():
    with pytest.raises(UsageError, match="no messages in language 'xx'"):
        Messages("xx")
