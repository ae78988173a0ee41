"""The numbers that a sentence about one calculation and one party needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Summary:
    """Net saving of one calculation and party, SEK per participant."""

    mean: float
    error: float
    sd: float
    low: float
    median: float
    high: float
    p_positive: float
    payback: float
    p_payback: float
    ratio: float
    payback_discounted: float = float("nan")

    @property
    def nothing(self) -> bool:
        """Nothing is paid nor saved: there is no chance of either and nothing to pay back."""
        return self.certain and abs(self.mean) < 0.5

    @property
    def certain(self) -> bool:
        """No uncertainty that is worth a word: all draws say the same."""
        return self.sd <= 1e-9 * max(1.0, abs(self.mean))
