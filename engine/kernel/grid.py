"""Sizes of what is counted over draws (`tally.py`)."""

from __future__ import annotations

TALLY_LANES = 16
"""Sums of a row that are kept apart, draw by draw in turn."""
SEGMENTS = 7
"""Parts of an outcome's range that have bins of one width each."""
PART = 64
"""Bins of a segment."""
BINS = SEGMENTS * PART + 2
"""With one below the range and one above."""
ATOMS = 64
"""Single values of a row that can be counted apart."""
