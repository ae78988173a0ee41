"""Further analyses for the synthetic findings: small figures made up by hand, consistent among themselves."""

from __future__ import annotations

import numpy as np
import xarray as xr

from engine.analysis.convergence import mean_convergence
from engine.results.findings import Findings
from engine.vocabulary import VARIABLES, attributes

STRATEGY = "coach"
GONE = np.array([0.0, 0.35, 0.7, 0.9, 0.97, 0.99, 1.0, 1.0, 1.0, 1.0, 1.0])


def _dataset(values: dict[str, object], coords: dict[str, object], attrs: dict[str, object]) -> xr.Dataset:
    data = {n: (VARIABLES[n].dims, np.asarray(v, dtype=float), attributes(n)) for n, v in values.items()}
    return xr.Dataset(data, coords=coords, attrs={"strategy": STRATEGY, **attrs})


def make_further(findings: Findings) -> dict[str, xr.Dataset]:
    """One of each further analysis, by the names under which a run keeps them."""
    differences = findings.differences[0]
    calculations = [str(c) for c in findings.summary["calculation"].values]
    parties = [str(p) for p in differences["party"].values]
    names = [str(a) for a in differences["assumption"].values]
    labels, themes = ([str(x) for x in differences[c].values] for c in ("label", "theme"))
    k, p, d = len(calculations), len(parties), len(names)
    known = {
        "assumption": names,
        "label": ("assumption", labels),
        "theme": ("assumption", themes),
    }

    def everywhere(row: object) -> np.ndarray:
        """The same for every party."""
        return np.broadcast_to(np.asarray(row, dtype=float), (p, *np.shape(row)))

    fair = np.array([0.4, 0.05, 0.3, 0.2, 0.02, 0.01, 0.01, 0.005, 0.003, 0.002])
    # The best two are not the best one and another.
    members = np.array([[j < size for j in range(d)] for size in range(d + 1)], dtype=float)
    members[1] = np.eye(d)[3]
    conf = {f"{n}_conf": everywhere(np.full(d, 0.02)) for n in ("first_share", "total_share", "shapley_share")}
    spread = _dataset(
        {
            "first_share": everywhere(fair * 0.6),
            "total_share": everywhere(fair * 1.3),
            "shapley_share": everywhere(fair),
            **conf,
            "disagreement_sd": np.full(p, 140_000.0),
            "disagreement_sd_conf": np.full(p, 9_000.0),
            "positive_share": np.full(p, 0.41),
            "positive_if": np.broadcast_to(np.linspace(0.1, 0.9, k)[:, None, None], (k, p, d)),
            "agreement_gone": everywhere(GONE),
            "agreed_on": everywhere(members),
        },
        {**known, "calculation": calculations, "party": parties, "agreed": np.arange(d + 1)},
        {"exact": 1, "mixtures": 4608, "evaluated": 4608, "draws_used": 16},
    )
    whole = {"between_share": 0.7, "within_share": 0.2, "both_share": 0.1}
    each = {"who_share": fair * 0.5, "unsure_share": fair[::-1] * 0.2 - 0.001, "who_unsure_share": fair * 0.05}
    who = _dataset(
        {
            **{n: np.full(p, v) for n, v in whole.items()},
            **{f"{n}_conf": np.full(p, 0.02) for n in whole},
            **{n: everywhere(v) for n, v in each.items()},
            **{f"{n}_conf": everywhere(np.full(d, 0.01)) for n in each},
        },
        {**known, "calculation": calculations, "party": parties},
        {},
    )
    status = ["found", *["no crossing"] * (d - 2), "discrete"]
    nan = np.full(d, np.nan)
    sets = np.zeros((3, d))
    sets[0, [0, 2]] = sets[1, [0, 3]] = sets[2, 0] = 1
    decision = _dataset(
        {
            "npv_from": -80_000.0,
            "npv_to": 600_000.0,
            "in_flip_set": sets,
            "flip_npv": [60_000.0, 40_000.0, -20_000.0],
            "pivot_share": np.where(np.arange(d) == 0, 0.55, 0.05),
            "gap_left_from": np.full(d, 650_000.0),
            "gap_left_to": np.where(np.arange(d) == 0, 68_000.0, 500_000.0),
            "gap_left_consensus": nan,
            "value_from": np.where(np.arange(d) == 0, 5.0, np.nan),
            "value_to": np.where(np.arange(d) == 0, 49.0, np.nan),
            "threshold": np.where(np.arange(d) == 0, 11.5, np.nan),
            "joint_threshold": 0.25,
        },
        {
            **known,
            "threshold_status": ("assumption", status),
            "flip_set": np.arange(3),
            "direction": ("flip_set", ["from", "from", "to"]),
        },
        {
            "pair_from": "director",
            "pair_to": "consultant",
            "party": "reported",
            "draws": 16,
            "enumerated": 1,
            "flip_sets_from": 14,
            "flip_sets_to": 1,
        },
    )
    pairs = [str(x) for x in differences["pair"].values]
    years = make_years(findings)
    interaction = np.zeros((len(pairs), p, d, d))
    interaction[:, :, 0, 2] = interaction[:, :, 2, 0] = 36_000.0
    interactions = _dataset(
        {"interaction": interaction},
        {**known, "pair": pairs, "party": parties, "assumption_2": names},
        {},
    )
    signed = np.array([[-83_600.0] * 4, [93e6, 93e6, 930e3, 930e3], [-9e4] * 4, [-1e4, -1.2e4, -1.2e4, -1.2e4]])
    accounting = _dataset(
        {"accounting": signed},
        {"calculation": calculations, "accounting_step": ["signed", "prices", "participants", "discounting"]},
        {},
    )
    found = {
        "accounting": accounting,
        f"spread/{STRATEGY}": spread,
        f"who/{STRATEGY}": who,
        f"decision/{STRATEGY}": decision,
        f"interactions/{STRATEGY}": interactions,
        f"years/{STRATEGY}": years,
        "convergence": mean_convergence(findings.results),
    }
    found |= {f"information/{c}": _information(c, i) for i, c in enumerate(calculations[:3])}
    return found | {f"follow_up/1/{c}": _follow_up(c, i) for i, c in enumerate(calculations[:3])}


def _follow_up(calculation: str, i: int) -> xr.Dataset:
    """Worth nothing in the first; the second pays at no size, the third from 200 persons on."""
    worth = np.array([[[100_000.0, 400_000.0, 900_000.0]]]) * (0.0, 0.5, 3.0)[i]
    cost = np.array([600_000.0, 1_100_000.0, 3_500_000.0])
    return _dataset(
        {
            "evsi": worth / 1000,
            "evsi_se": worth / 20_000,
            "evppi": [[1_000.0 * (0.0, 0.5, 3.0)[i]]],
            "evppi_se": [[20.0]],
            "evsi_programme": worth,
            "evsi_programme_se": worth / 20,
            "evppi_programme": [[1_000_000.0 * (0.0, 0.5, 3.0)[i]]],
            "enbs": worth - cost,
        },
        {
            "parameter": ["hr"],
            "label": ("parameter", ["Hazard ratio of finding work"]),
            "party": ["society"],
            "sample_size": [50, 200, 1000],
        },
        {
            "calculation": calculation,
            "cohort": 1000,
            "follow_up": "A trial",
            "origin": "nobody has been asked",
            "assumed": 1,
        },
    )


def make_years(findings: Findings) -> xr.Dataset:
    """Of the director and the consultant: the first assumption acts late, the second early, the last moves money from
    one payer to another; the rest do nothing."""
    differences = findings.differences[0]
    labels, themes = ([str(x) for x in differences[c].values] for c in ("label", "theme"))
    payers = [p.name for p in findings.description.payers]
    cycles = findings.results.sizes["cycle"]
    parts = np.zeros((len(labels), len(payers), cycles))
    parts[0, 0, 20:] = 10_000.0
    parts[0, 1, 20:] = 1_000.0
    parts[1, 0, :5] = 12_000.0
    parts[-1, 0, :10] = 3_000.0
    parts[-1, 6, :10] = -3_000.0
    return _dataset(
        {
            "yearly_contribution": parts,
            "cumulative_contribution": parts.cumsum(axis=2),
            "yearly_gap": parts.sum(axis=0),
        },
        {
            "assumption": [str(a) for a in differences["assumption"].values],
            "label": ("assumption", labels),
            "theme": ("assumption", themes),
            "payer": payers,
            "cycle": np.arange(cycles),
            "time": ("cycle", np.arange(cycles, dtype=float)),
        },
        {"pair_from": "director", "pair_to": "consultant", "draws": 16, "exact": 1, "anchored": 1},
    )


def _information(calculation: str, i: int) -> xr.Dataset:
    """Worth nothing in the first, and the more the later."""
    single, group = np.array([[900.0], [20.0], [0.0]]) * i, np.array([[1_100.0], [0.0]]) * i
    values = {"evpi": [1_500.0 * i], "evpi_se": [40.0 * i], "p_wrong": [0.1 * i], "evpi_programme": [150_000.0 * i]}
    for name, value in (("evppi", single), ("group_evppi", group)):
        values |= {name: value, f"{name}_se": value * 0.05, f"{name}_low": value * 0.8, f"{name}_low_se": value * 0.06}
        values[f"{name}_programme"] = value * 100
    return _dataset(
        values,
        {
            "parameter": ["hr", "cost", "uptake"],
            "label": ("parameter", ["Hazard ratio of finding work", "Cost of a coach", "Share who take part"]),
            "group": ["effect", "prices"],
            "party": ["society"],
            "best_strategy": ("party", ["coach" if i == 1 else "usual"]),
        },
        {"calculation": calculation, "cohort": 100},
    )


def make_methods(findings: Findings) -> tuple[xr.Dataset, ...]:
    """Sensitivity analyses by methods that have no drawing of their own, a pair of inputs and a box."""
    names, labels = ["hr", "cost", "uptake"], ["Hazard ratio", "Cost of a coach", "Share who take part"]
    coords = {"parameter": names, "label": ("parameter", labels)}
    size = np.array([0.6, 0.3, 0.1])
    per_input = {
        "efast": {"S1": size * 0.9, "S1_conf": size * 0.1, "ST": size, "ST_conf": size * 0.1},
        "shapley_effects": {"shapley_effect": size, "shapley_effect_conf": size * 0.05},
        "pawn": {"pawn_median": size, "pawn_median_conf": size * 0.1, "pawn_max": size * 1.2, "pawn_dummy": 0.04},
        "regional": {"regional_ks": size, "regional_p": [0.0, 0.2, 0.9], "regional_shift": -size},
    }
    found = [_dataset(values, coords, {"method": method}) for method, values in per_input.items()]
    own = xr.Dataset({"novel": ("parameter", size, {"long_name": "a new measure", "units": "1"})}, coords=coords)
    found.append(own.assign_attrs(method="novel_method"))
    levels = np.linspace(0.05, 0.95, 4)
    two = _dataset(
        {
            "two_way_outcome": np.linspace(-6e4, 4e4, 32).reshape(2, 4, 4),
            "two_way_interaction": [0.02, 0.3],
            "first_value": np.linspace(1, 3, 8).reshape(2, 4),
            "second_value": np.linspace(0.2, 0.9, 8).reshape(2, 4),
        },
        {
            **coords,
            "parameter_pair": ["hr × cost", "hr × uptake"],
            "first_parameter": ("parameter_pair", ["hr", "hr"]),
            "second_parameter": ("parameter_pair", ["cost", "uptake"]),
            "level": levels,
            "level_2": levels,
        },
        {"method": "twoway"},
    )
    box = _dataset(
        {
            "box_low_value": [np.nan, 80_000.0, np.nan],
            "box_high_value": [2.5, np.nan, np.nan],
            "box_restricted": [1, 1, 0],
            "box_p": [0.0, 0.04, np.nan],
            "box_coverage": 0.9,
            "box_density": 0.8,
            "box_mass": 0.5,
            "box_base": 0.45,
        },
        coords,
        {"method": "prim"},
    )
    about = {"calculation": "director", "party": "society", "outcome": "npv", "n": 512, "runs": 512}
    return tuple(a.assign_attrs(about, strategy=STRATEGY) for a in (*found, two, box))


def make_refined() -> xr.Dataset:
    """Indices of a design that was doubled twice."""
    names = [f"x{i}" for i in range(7)]
    total = np.array([0.5, 0.3, 0.1, 0.05, 0.02, 0.01, 0.0])
    half = np.array([0.08, 0.03, 0.008])
    so_far = total + half[:, None] * np.array([1.0, -1, 0.5, 0, 0, 0, 0])
    so_far[-1] = total
    return _dataset(
        {
            "S1": total * 0.9,
            "S1_conf": np.full(7, 0.01),
            "ST": total,
            "ST_conf": np.full(7, 0.008),
            "worst_half_width": half,
            "ranking_stable": [0, 1, 1],
            "ST_so_far": so_far,
            "ST_conf_so_far": np.repeat(half[:, None], 7, axis=1),
        },
        {
            "parameter": names,
            "label": ("parameter", [f"Input {i}" for i in range(7)]),
            "n": ("checkpoint", [256, 512, 1024]),
            "runs": ("checkpoint", [2304, 4608, 9216]),
        },
        {"method": "sobol", "calculation": "director", "party": "society", "outcome": "npv", "n": 1024, "runs": 9216,
         "reached": 1, "precision": 0.02},
    )  # fmt: skip


def make_inside(findings: Findings) -> tuple[xr.Dataset, ...]:
    """Choices varied beside figures, and the indices of several payers and years."""
    names, labels = ["fade", "hr", "cost"], ["How the effect fades", "Hazard ratio", "Cost of a coach"]
    coords = {
        "parameter": names,
        "label": ("parameter", labels),
        "kind": ("parameter", ["choice", "parameter", "parameter"]),
    }
    total = np.array([0.6, 0.3, 0.1])
    sobol = _dataset(
        {
            "S1": total * 0.8,
            "S1_conf": total * 0.1,
            "ST": total,
            "ST_conf": total * 0.1,
            "choices_share": 0.48,
            "choices_share_conf": 0.05,
            "figures_share": 0.4,
            "figures_share_conf": 0.05,
            "choices_figures_share": 0.12,
            "choices_figures_share_conf": 0.02,
        },
        coords,
        {"method": "sobol"},
    )
    oneway = _dataset(
        {
            "low_outcome": [-40e3, -20e3, 10e3],
            "high_outcome": [60e3, 30e3, -5e3],
            "low_value": [2.0, 1.1, 80e3],
            "high_value": [0.0, 2.9, 120e3],
            "base_outcome": 5e3,
            "alternative_outcome": [[60e3, 1e3, -40e3], [np.nan] * 3, [np.nan] * 3],
        },
        {**coords, "alternative": [0, 1, 2]},
        {"method": "oneway"},
    )
    plain = {k: v for k, v in coords.items() if k != "kind"}
    payers = [p.name for p in findings.description.payers][:3]
    by = []
    for kind, outcomes, outcome_labels in (
        ("payer", payers, [p.label for p in findings.description.payers][:3]),
        ("year", ["0", "1", "2", "3"], ["0", "1", "2", "3"]),
    ):
        share = np.tile(total, (len(outcomes), 1))
        variance = np.linspace(4e8, 0.0, len(outcomes))
        share[-1] = np.nan
        values = {
            "S1": total * 0.9,
            "S1_conf": total * 0.1,
            "ST": total,
            "ST_conf": total * 0.1,
            "S1_by_outcome": share * 0.9,
            "S1_by_outcome_conf": share * 0.1,
            "ST_by_outcome": share,
            "ST_by_outcome_conf": share * 0.1,
            "outcome_mean": np.zeros(len(outcomes)),
            "outcome_variance": variance,
        }
        where = {**plain, "outcome": outcomes, "outcome_label": ("outcome", outcome_labels)}
        by.append(_dataset(values, where, {"method": "sobol", "by": kind}))
    about = {"calculation": "director", "party": "society", "outcome": "npv", "n": 512, "runs": 512}
    return tuple(a.assign_attrs(about, strategy=STRATEGY) for a in (oneway, *by, sobol))
