"""Files made to break whoever reads them, or broken by accident: answered with place and remedy, at once and in little
memory (S1, S2). What each construct is told is tested in tests/spec; here it is what an answer may cost."""

from __future__ import annotations

import os

import pytest

from tests.conftest import STUDY, StudyFolder
from tests.faults.answering import Answer, Answering

SECONDS = 1.0
BYTES = 100_000_000
LETTERS = 60_000
"""Characters that an answer may have: a page that can be read, however long the file."""
FULL = 4_990_000
"""Characters that a file may have, nearly."""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="asks a process that forks")

LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x]", *(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 9))]
)
SENSITIVITY = "sensitivity:\n" + "  - {method: nope, n: 1}\n" * 100_000

YAML: dict[str, tuple[str | bytes, str]] = {
    "aliases that unfold to nine to the ninth": (LAUGHS, "could unfold to gigabytes"),
    "a million aliases": ("a: &a 1\nb: [" + "*a," * (FULL // 3 - 10) + "]", "anchors and aliases are not read"),
    "20 000 brackets": ("a: " + "[" * 20_000 + "]" * 20_000, "1:1003  nested deeper than 50 levels"),
    "millions of brackets that never close": ("a: " + "[" * FULL, "nested deeper than 50 levels"),
    "a million braces": ("a: " + "{a: " * (FULL // 4), "nested deeper than 50 levels"),
    "3 000 levels by indentation": ("".join(" " * i + "a:\n" for i in range(3000)), "nested deeper than 50 levels"),
    "millions of dashes": ("- " * (FULL // 2), "nested deeper than 50 levels"),
    "millions of question marks": ("? " * (FULL // 2), "a key must be text"),
    "a million keys": ("".join(f"k{i}: 1\n" for i in range(1_000_000)), "is larger than 5 MB"),
    "as many keys as fit": ("".join(f"k{i}: 1\n" for i in range(450_000)), "more than 100_000 keys and values"),
    "as many values as fit": ("a: [" + "1," * (FULL // 2 - 10) + "]", "more than 100_000 keys and values"),
    "one key again and again": ("a: 1\n" * (FULL // 5), "2:1  a: key 'a' stands here and in line 1; keep one"),
    "a hundred thousand mistakes": (STUDY.partition("sensitivity:")[0] + SENSITIVITY, "keys and values"),
    "ten thousand mistakes": (STUDY + "  - {method: nope, n: 1}\n" * 10_000, "not one of the words that can stand"),
    "one text": ("a: " + "x" * FULL, "unknown key 'a'"),
    "one quoted text": ('a: "' + "x" * (FULL - 10) + '"', "unknown key 'a'"),
    "one text of many lines": ("a: |\n" + "  xxxxxxx\n" * (FULL // 10), "unknown key 'a'"),
    "a title of megabytes": (STUDY.replace("A small study", "x" * (FULL - 1000)), "at most 2000"),
    "one key": ("x" * (FULL - 10) + ": 1", "a ':' where no key can stand"),
    "one number": ("a: " + "9" * (FULL - 10), "too large a whole number"),
    "one number in groups": ("a: " + "9_" * (FULL // 2 - 10) + "9", "too large a whole number"),
    "one number of many decimals": ("a: 1." + "9" * (FULL - 10), "a number has at most 1000"),
    "a number of 5 000 digits": (STUDY.replace("64", "9" * 5000, 1), "7:8  draws: 9999"),
    "a number beyond all numbers": (STUDY.replace("64", "1e400", 1), "7:8  draws: 1e400 is too large a number"),
    "not a number": (STUDY.replace("64", ".nan", 1), "7:8  draws: .nan is not a number that a model can use"),
    "infinity": (STUDY.replace("64", "-.inf", 1), "7:8  draws: -.inf is not a number that a model can use"),
    "a tag that runs a program": ('a: !!python/object/apply:os.system ["id"]', "1:4  a: tag"),
    "a tag that makes an object": ("a: !!python/object/new:type {}", "1:4  a: tag"),
    "hundreds of thousands of tags": ("a: [" + "!!python/none x," * (FULL // 16 - 10) + "]", "tags are not read"),
    "a merge key": ("a: {b: 1}\n<<: {c: 1}", "2:1  merge key"),
    "a million documents": ("---\n" * (FULL // 4), "2:1  a second document begins here"),
    "nothing but comments": ("#\n" * (FULL // 2), "the file is empty"),
    "nothing but lines": ("\n" * FULL, "the file is empty"),
    "nothing but tabs": ("\t" * FULL, "1:1  a tab; indent with spaces"),
    "nothing but colons": (":" * FULL, "a ':' where no key can stand"),
    "nothing but quotes": ('"' * FULL, "this line does not fit"),
    "nothing but escapes": ('a: "' + "\\u0041" * (FULL // 6 - 10) + '"', "unknown key 'a'"),
    "hundreds of thousands of directives": ("%TAG ! x\n" * (FULL // 9), "a line cannot begin with '%'"),
    "a zero byte": (STUDY.replace("small", "sm\0all", 1), "invisible character U+0000"),
    "text that runs backwards": (STUDY.replace("small", "sm\u202eall", 1), "1:10  invisible character U+202E"),
    "text that runs backwards by an escape": (
        STUDY.replace("A small study", '"A \\u202e small study"'),
        "2:8  title: invisible character U+202E",
    ),
    "a letter of no width": (STUDY.replace("study: small", "study: sm\u200ball"), "invisible character U+200B"),
    "a Cyrillic letter in a name": (STUDY.replace("study: small", "study: sm\u0430ll"), "is not a name"),
    "a Greek letter in a key": (STUDY.replace("seed:", "s\u03b5ed:"), "unknown key 'sεed'"),
    "UTF-16": (STUDY.encode("utf-16"), "is saved as UTF-16 or UTF-32"),
    "UTF-16 without its mark": (STUDY.encode("utf-16-le"), "is saved as UTF-16 or UTF-32"),
    "UTF-32": (STUDY.encode("utf-32"), "is saved as UTF-16 or UTF-32"),
    "Latin-1": (STUDY.replace("A small", "Å small").encode("latin-1"), "2:8  byte 0xc5 is not UTF-8"),
    "an overlong zero": (STUDY.encode() + b"# \xc0\x80\n", "byte 0xc0 is not UTF-8"),
    "half a pair": (STUDY.encode() + b"# \xed\xa0\x80\n", "byte 0xed is not UTF-8"),
    "noise": (bytes((i * 7919 + 13) % 256 for i in range(1_000_000)), "is not UTF-8"),
    "a program": (b"\x7fELF\x02\x01\x01" + bytes(5000), "invisible character U+007F"),
}

MODEL = "model.yaml"


def entries(count: int, entry: str) -> str:
    return "".join(f"  x{i}: {entry}\n" for i in range(count))


GIANTS: dict[str, tuple[str, str, str, str]] = {
    "draws": ("study.yaml", "draws: 64", "draws: 1_000_000_000_000", "it must be at most 1_000_000_000"),
    "draws beyond integers": ("study.yaml", "draws: 64", f"draws: {10**30}", "the largest is 9223372036854775807"),
    "design": ("study.yaml", "n: 64", f"n: {2**62}", "it must be at most 1_048_576"),
    "seed": ("study.yaml", "seed: 7", "seed: 9223372036854775808", "the largest is 9223372036854775807"),
    "cycles": (MODEL, "cycles: 10", "cycles: 1_000_000_000", "it must be at most 1_000"),
    "cycles that take no time": (MODEL, "cycles: 10", "cycles: 10\n  cycle_length: 1e-300", "horizon"),
    "age": (MODEL, "start_age: 20", "start_age: 1e300", "it must be at most 120"),
    "tunnel": (MODEL, "{label: Outside}", "{label: Outside, tunnel: 1_000_000}", "it must be at most 600"),
    "states": (MODEL, "states:\n", "states:\n" + entries(20_000, "{label: S}"), "at most 512 entries, found 20004"),
    "strategies": (MODEL, "strategies:\n", "strategies:\n" + entries(9000, "{label: C}"), "at most 64 entries"),
    "parameters": (
        MODEL,
        "parameters:\n",
        "parameters:\n" + entries(60_000, "{label: P, value: 1, unit: ratio, assumption: x}"),
        "more than 100_000 keys and values",
    ),
    "parameters that fit": (
        MODEL,
        "parameters:\n",
        "parameters:\n" + entries(9_000, "{label: P, value: 1, unit: ratio, assumption: x}"),
        "nothing uses it",
    ),
    "payers": (MODEL, "payers:\n", "payers:\n" + entries(20_000, "{label: C}"), "nobody could tell them apart"),
    "cost items": (
        MODEL,
        "cost_items:\n",
        "cost_items:\n"
        + entries(5000, "{label: C, amount: benfit_year, payer: municipalty, kind: resource, state: outsde}"),
        "did you mean 'municipality'?",
    ),
    "alternatives": (
        MODEL,
        "    alternatives:\n",
        "    alternatives:\n" + "".join(f"      a{i}: {{label: A, value: 1}}\n" for i in range(9000)),
        "at most 16 entries",
    ),
    "correlations": (
        MODEL,
        "constraints:\n",
        "correlations:\n" + "  - {between: [find_work, hr_work], rank: 0.1}\n" * 5000 + "constraints:\n",
        "stand in correlations[0] already",
    ),
    "values of a law": (
        MODEL,
        '"lognormal(mean=1.4, sd=0.2)"',
        '"discrete([' + ",".join("1" * 5000) + "], [" + ",".join("1" * 5000) + '])"',
        "at most 2000; put the values into a table",
    ),
}

CSV: dict[str, tuple[str | bytes, str]] = {
    "too large": ("age,men,women\n" + "1,1,1\n" * 900_000, "is larger than 5 MB"),
    "as many rows as fit": ("age,men,women\n" + "1,1,1\n" * (FULL // 6), "more than 200_000 cells"),
    "as many columns as fit": ("age,men,women" + ",x" * (FULL // 2 - 20) + "\n", "more than 200_000 cells"),
    "one cell": ("age,men,women\n20," + "1" * (FULL - 30) + ",1\n", "2:4  men: 1111"),
    "a quote that never closes": ('age,men,women\n20,"' + "1\n" * (FULL // 2 - 20), "quote"),
    "nothing but quotes": ('age,men,women\n"' + '""' * (FULL // 2 - 20), "never closed"),
    "nothing but commas": ("," * FULL, "more than 200_000 cells"),
    "formulas": ("age,men,women\n20,=1+1,@SUM(A1)\n", "=1+1"),
    "not numbers": ("age,men,women\n20,nan,inf\n", "nan"),
    "numbers beyond all numbers": ("age,men,women\n20,1e400,1\n", "1e400"),
    "a zero byte": ("age,men,women\n20,0.\x001,1\n", "U+0000"),
    "text that runs backwards": ("age,men,women\n20,0.\u202e1,1\n", "U+202E"),
    "UTF-16": ("age,men,women\n20,0.1,0.1\n".encode("utf-16"), "UTF-16"),
}


def checked(checking: Answering, study: StudyFolder) -> Answer:
    """The answer to `insats check`; a slow one is asked for twice more, since caches are shared with other tests."""
    answer = checking.ask("check", study.folder)
    again = () if answer.seconds < SECONDS else (checking.ask("check", study.folder) for _ in range(2))
    return min((answer, *again), key=lambda a: a.seconds)


def refused(answer: Answer, said: str) -> None:
    """Refused with code 3, no traceback, in time, in little memory, and in a message that can be read."""
    assert answer.code == 3, answer.err[-2000:]
    assert answer.out == ""
    assert "Traceback" not in answer.err
    assert said in answer.err, answer.err[:2000]
    assert answer.seconds < SECONDS
    assert answer.own < BYTES, f"{answer.own / 1e6:.0f} MB"
    assert len(answer.err) < LETTERS
    assert answer.opened(to_write=True) == []
    assert answer.reached_out == []


@pytest.mark.parametrize("name", YAML)
def test_a_hostile_file_is_refused_at_once_in_little_memory(
    checking: Answering, spoilt: StudyFolder, name: str
) -> None:
    text, said = YAML[name]
    spoilt.write("study.yaml", text)
    refused(checked(checking, spoilt), said)


@pytest.mark.parametrize("name", ["aliases that unfold to nine to the ninth", "as many keys as fit", "one number"])
@pytest.mark.parametrize("file", ["model.yaml", "calculations/controller.yaml"])
def test_so_is_one_that_the_study_names(checking: Answering, spoilt: StudyFolder, name: str, file: str) -> None:
    text, said = YAML[name]
    spoilt.write(file, text)
    refused(checked(checking, spoilt), said)


@pytest.mark.parametrize("what", GIANTS)
def test_a_giant_plan_is_refused_with_the_number_or_the_limit(
    checking: Answering, spoilt: StudyFolder, what: str
) -> None:
    file, old, new, said = GIANTS[what]
    spoilt.patch(file, old, new)
    refused(checked(checking, spoilt), said)


@pytest.mark.parametrize("name", CSV)
def test_a_hostile_table_is_refused_at_once_in_little_memory(
    checking: Answering, spoilt: StudyFolder, name: str
) -> None:
    text, said = CSV[name]
    spoilt.write("tables/mortality.csv", text)
    refused(checked(checking, spoilt), said)


def test_line_ends_of_windows_and_a_mark_at_the_beginning_are_no_mistake(
    checking: Answering, spoilt: StudyFolder
) -> None:
    spoilt.write("study.yaml", b"\xef\xbb\xbf" + STUDY.replace("\n", "\r\n").encode())
    assert checking.ask("check", spoilt.folder).code == 0


def test_definitions_that_double_are_followed_once_each(checking: Answering, spoilt: StudyFolder) -> None:
    doubling = "".join(f"  d{i}: {{label: D, value: d{i - 1} + d{i - 1}}}\n" for i in range(1, 45))
    spoilt.patch(MODEL, "definitions:\n", f"definitions:\n  d0: {{label: D, value: hr_work}}\n{doubling}")
    spoilt.patch(MODEL, "{hazard: 0.1}", '{hazard: "0.1 * min(1, d44)"}')
    answer = checking.ask("check", spoilt.folder)
    assert answer.code == 0, answer.err
    assert answer.seconds < SECONDS
    assert answer.own < BYTES
