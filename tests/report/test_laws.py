from __future__ import annotations

import dataclasses
import itertools

import pytest

from engine.report.laws import UNITS, law_words, unit_name
from engine.report.messages import Messages
from engine.report.numbers import Numbers
from engine.results.description import Description, LawEntry
from engine.results.findings import Findings
from engine.spec.laws import Law
from engine.spec.units import UNITS as UNITS_OF_STUDIES

LAWS = (
    Law("uniform", (0.2, 0.5)),
    Law("triangular", (1000.0, 1500.0, 3000.0)),
    Law("normal", (-2.0, 0.25)),
    Law("truncated_normal", (1.0, 0.5, 0.0, 4.0)),
    Law("lognormal", (0.7, 0.2)),
    Law("beta", (20.0, 30.0, 0.0, 1.0)),
    Law("beta", (2.0, 3.0, 0.0, 1.0), factor=90_000.0),
    Law("gamma", (100.0, 883.0)),
    Law("discrete", values=(1.0, 2.0, 4.0), weights=(0.5, 0.25, 0.25)),
    Law("empirical", values=(1.0, 2.0, 2.5, 4.0)),
)


def _words(law: LawEntry, language: str, unit: str = "ratio", **options: bool) -> str:
    return law_words(law, unit, say=Messages(language), number=Numbers(language), **options)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.shape)
def test_english_of_a_law_in_parts_is_what_the_engine_calls_it(law: Law):
    told = LawEntry(law.shape, law.figures(), values=len(law.values))
    assert _words(told, "en") == law.describe().replace("-", "\u2212")


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.shape)
def test_swedish_of_a_law_has_a_comma_for_a_point_and_no_english(law: Law):
    words = _words(LawEntry(law.shape, law.figures(), values=len(law.values)), "sv")
    assert "." not in words
    assert not {"mean", "sd", "between", "to", "and", "values", "most", "likely"} & set(words.replace(",", "").split())


def test_figures_of_shares_are_told_in_per_cent_and_the_mean_once():
    law = LawEntry("bounded_beta", {"low": "0.2", "high": "0.8", "mean": "0.430", "sd": "0.11"})
    assert _words(law, "sv", "share") == (
        "beta mellan 20\u00a0% och 80\u00a0%, medelvärde 43\u00a0%, standardavvikelse 11\u00a0%"
    )
    assert _words(law, "sv", "share", mean=False) == "beta mellan 20\u00a0% och 80\u00a0%, standardavvikelse 11\u00a0%"
    assert _words(law, "en", "share", mean=False) == "beta between 20\u00a0% and 80\u00a0%, sd 11\u00a0%"


def test_what_a_value_is_drawn_with_is_told_too():
    moments = {"mean": "0.12", "sd": "0.03"}
    dirichlet = LawEntry("dirichlet", moments, others=("B", "C"))
    assert _words(dirichlet, "en") == "Dirichlet with B and C; mean 0.12, sd 0.03"
    assert _words(dirichlet, "sv") == "Dirichlet med B och C; medelvärde 0,12, standardavvikelse 0,03"
    joint = LawEntry("joint", {"low": "0.1", "high": "0.3", **moments}, values=4, table="posterior", others=("B",))
    assert _words(joint, "en") == "drawn jointly from posterior with B; 4 values, 0.1 to 0.3, mean 0.12, sd 0.03"
    assert _words(joint, "sv").startswith("dras ur posterior tillsammans med B; 4 värden, 0,1 till 0,3, medelvärde")
    pairs = tuple(itertools.product(("0.5",), "BCDEFG"))
    correlated = _words(LawEntry("gamma", moments, correlated=pairs), "sv")
    assert correlated.count("rangkorrelation 0,5 med") == 4
    assert correlated.endswith("; korrelerad med 2 andra")


def test_every_unit_of_a_study_has_a_name_and_english_names_are_the_units():
    assert set(UNITS) == set(UNITS_OF_STUDIES)
    assert all(unit_name(unit, Messages("en")) == unit for unit in UNITS)
    assert unit_name("SEK/person-year", Messages("sv")) == "kr per personår"
    assert unit_name("QALY", Messages("sv")) == "QALY"


def test_a_law_in_parts_survives_being_written_and_read(findings: Findings):
    told = LawEntry("joint", {"mean": "1"}, values=4, table="t", others=("B",), correlated=(("0.5", "C"),))
    description = findings.description
    entry = description.assumptions[0]
    value = dataclasses.replace(entry.default, law="joint", told=told)
    description = dataclasses.replace(description, assumptions=(dataclasses.replace(entry, default=value),))
    assert Description.from_json(description.to_json()) == description
