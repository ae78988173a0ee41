"""Numbers and tables as text, alike in all plain files: RFC 4180, a decimal point, nothing where there is no meaning.

Figures are taken from datasets as whole arrays first: a lookup by name takes 0.2 ms, and a file has thousands.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, SupportsFloat

import numpy as np
import xarray as xr
from numpy.typing import NDArray

Row = list[str]

QUANTILES = {"q05": 0.05, "q50": 0.5, "q95": 0.95}


def csv_text(columns: list[str], rows: Iterable[Row]) -> str:
    """A table with a head."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def over(dataset: xr.Dataset | xr.DataArray, *dims: str) -> Iterator[tuple[tuple[int, ...], tuple[str, ...]]]:
    """Places and names along some dims, the last fastest."""
    names = [[str(value) for value in dataset[dim].values] for dim in dims]
    for place in product(*(range(len(n)) for n in names)):
        yield place, tuple(n[k] for n, k in zip(names, place, strict=True))


def figures(dataset: xr.Dataset, names: Iterable[str], *dims: str) -> list[NDArray[Any]]:
    """Variables with these dims first, in this order."""
    return [np.asarray(dataset[name].transpose(*dims, ...).values) for name in names]


def quantiles(dataset: xr.Dataset, name: str, *dims: str) -> list[NDArray[Any]]:
    """The quantiles that files have, each with these dims."""
    at = dataset[name].sel(quantile=list(QUANTILES.values())).transpose("quantile", *dims, ...)
    return list(np.asarray(at.values))


def money(value: SupportsFloat) -> str:
    """Two decimals, never a negative zero."""
    x = float(value)
    return "" if math.isnan(x) else f"{x + 0.0:.2f}".replace("-0.00", "0.00")


def share(value: SupportsFloat) -> str:
    """Six decimals."""
    x = float(value)
    return "" if math.isnan(x) else f"{x:.6f}"


def years(value: SupportsFloat) -> str:
    """Three decimals; `inf` for a pay-back that never comes."""
    x = float(value)
    return "" if math.isnan(x) else ("inf" if math.isinf(x) else f"{x:.3f}")


def amount(value: SupportsFloat) -> str:
    """Six significant digits."""
    x = float(value)
    return "" if math.isnan(x) else f"{x + 0.0:.6g}"


def with_interval(value: SupportsFloat, half: SupportsFloat | None) -> Row:
    """A figure and the ends of its interval, which are empty where it has none."""
    x = float(value)
    if half is None or math.isnan(float(half)):
        return [f"{x:.6g}", "", ""]
    return [f"{x:.6g}", f"{x - float(half):.6g}", f"{x + float(half):.6g}"]
