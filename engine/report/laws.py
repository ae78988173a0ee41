"""Laws of uncertain values and units of parameters, told in the language of the report."""

from __future__ import annotations

from engine.report.messages import Messages
from engine.report.numbers import NO_BREAK, Numbers
from engine.results.description import LawEntry

PERCENT_UNITS = ("share", "probability", "rate/year")
"""Units that people read as per cent."""

UNITS = {
    "share": "measure.share",
    "probability": "measure.probability",
    "ratio": "measure.ratio",
    "rate/year": "measure.rate_year",
    "years": "measure.years",
    "count": "measure.count",
    "number": "measure.number",
    "SEK/person-year": "measure.sek_person_year",
    "SEK/transition": "measure.sek_transition",
    "SEK/participant": "measure.sek_participant",
    "SEK/day": "measure.sek_day",
    "SEK/month": "measure.sek_month",
    "SEK/case": "measure.sek_case",
}
"""Messages that name the units a study can give its parameters."""

_MOST_NAMED = 4
"""Correlations told one by one; a row of ten would bury the figures of the law itself."""


def unit_name(unit: str, say: Messages) -> str:
    """A unit of the vocabulary by its name in the language; others are the study's own words."""
    return say(UNITS[unit]) if unit in UNITS else unit


def law_words(law: LawEntry, unit: str, *, say: Messages, number: Numbers, mean: bool = True) -> str:
    """A law as `beta between 20 % and 80 %, mean 43 %, sd 11 %`.

    Parameters
    ----------
    unit : of the value; figures of shares are told in per cent, as the value is.
    mean : tell the mean too.
    """

    def written(figure: str) -> str:
        plain = figure.replace(NO_BREAK, "")
        return number.percent(float(plain), 3) if unit in PERCENT_UNITS else number.digits(figure)

    told = {name: written(figure) for name, figure in law.figures.items()}
    parts: list[str] = []
    match law.shape:
        case "uniform":
            parts = [say("law.uniform"), say("law.range", **told)]
        case "triangular":
            parts = [say("law.triangular"), say("law.range", **told), say("law.mode", **told)]
        case "truncated_normal" | "bounded_beta":
            parts = [say(f"law.{law.shape}", **told)]
        case "discrete" | "empirical":
            parts = [say(f"law.{law.shape}"), *_values(law, told, say)]
        case "normal" | "lognormal" | "beta" | "gamma":
            parts = [say(f"law.{law.shape}")]
        case "joint":
            parts = _values(law, told, say) if law.values else []
    if mean and "mean" in told:
        parts.append(say("law.mean", **told))
    if "sd" in told:
        parts.append(say("law.sd", **told))
    clauses = [say("list.comma").join(parts)]
    names = say.listed(law.others, limit=_MOST_NAMED)
    if law.shape == "dirichlet":
        clauses.insert(0, say("law.dirichlet", names=names))
    elif law.shape == "joint":
        clauses.insert(0, say("law.joint", table=law.table, names=names))
    shown, more = law.correlated[:_MOST_NAMED], len(law.correlated) - _MOST_NAMED
    clauses += [say("law.correlation", rank=number.digits(rank), name=label) for rank, label in shown]
    if more > 0:
        clauses.append(say.count("law.correlated_more", more))
    return say("list.semicolon").join(clauses)


def _values(law: LawEntry, told: dict[str, str], say: Messages) -> list[str]:
    spread = [say("law.range", **told)] if "low" in told else []
    return [say.count("law.values", law.values), *spread]
