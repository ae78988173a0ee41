"""The two-state study with outcomes, subgroups, a second intervention and comparisons: small, and still checkable."""

from __future__ import annotations

import shutil
from pathlib import Path

CONFIGS = Path(__file__).resolve().parents[1] / "configs"

OUTCOMES = """
outcomes:
  work:
    label: Years in work
    unit: person-year
    items:
      at_work: {label: At work, state: at_work, amount: 1}
  losses:
    label: Lost jobs
    unit: lost jobs
    better: less
    discount_rate: 0
    items:
      lost: {label: Lost, transition: at_work -> out_of_work, amount: 1}

subgroups:
  women: {label: Women, share: share_women, set: {find_work: find_work_women}}
  men: {label: Men, share: 1 - share_women}

constraints:"""

PARAMETERS = """
  share_women: {label: Share of women, value: 0.25, unit: share, theme: life_course, assumption: Invented.}
  find_work_women:
    {label: Finding work in a year (women), value: 0.3, unit: probability, theme: life_course, assumption: Invented.}
  lose_work:
"""

LIGHT = """
  light:
    label: A lighter coach
    effects:
      - {on: out_of_work -> at_work, risk_ratio: 1 + 0.3 * (risk_ratio - 1)}

outcomes:
"""

COMPARISONS = """
cost_effectiveness:
  - {outcome: work, perspective: municipal_budget, thresholds: {from: 0, to: 400_000, steps: 5}}
  - {outcome: losses, perspective: society, thresholds: [0, 100_000, 500_000], calculations: [wary]}
"""


def write_economic_study(folder: Path) -> Path:
    """The study in a new folder."""
    shutil.copytree(CONFIGS / "two_state", folder)
    model = folder / "model.yaml"
    text = model.read_text(encoding="utf-8")
    text = text.replace("\nconstraints:", OUTCOMES).replace("\n  lose_work:\n", PARAMETERS)
    text = text.replace("\noutcomes:\n", LIGHT)
    text = text.replace("value: 2, unit: ratio,", 'value: 1.6, unit: ratio, dist: "uniform(0.9, 2.3)",')
    text = text.replace(
        "  coach_paid:",
        "  light_paid: {label: The lighter coach, kind: resource, payer: municipality, strategy: light, "
        "amount: 0.2 * coach}\n  coach_paid:",
    )
    model.write_text(text, encoding="utf-8")
    study = folder / "study.yaml"
    study.write_text(study.read_text(encoding="utf-8") + COMPARISONS, encoding="utf-8")
    return folder
