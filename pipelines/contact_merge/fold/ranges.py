"""Rows of numbers: out of columns, runs of equal ones in them, and the greatest one of any range."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class RangeMaximum:
    """A sparse table: of the numbers from each place on the greatest of 1, 2, 4 … of them; made as far as ranges need it."""

    def __init__(self, numbers: Numbers) -> None:
        self._levels = [numbers]

    def between(self, first: Numbers, last: Numbers) -> Numbers:
        """The greatest number of each range, both ends included; no range is empty."""
        levels = np.frexp(last - first + 1)[1] - 1
        greatest = np.empty(len(first), np.int64)
        for level in range(int(levels.max(initial=-1)) + 1):
            if level == len(self._levels):
                half, below = 2 ** (level - 1), self._levels[-1]
                self._levels.append(np.maximum(below[:-half], below[half:]))
            here = np.flatnonzero(levels == level)
            numbers = self._levels[level]
            greatest[here] = np.maximum(numbers[first[here]], numbers[last[here] - 2**level + 1])
        return greatest


def run_begins(values: Numbers) -> Numbers:
    """Where runs of equal values begin."""
    if not len(values):
        return np.zeros(0, np.int64)
    return np.append(0, np.flatnonzero(np.diff(values)) + 1)


def numbers_of(table: pa.Table, name: str) -> Numbers:
    """A column of numbers or flags without nulls."""
    return table.column(name).cast(pa.int64()).to_numpy()
