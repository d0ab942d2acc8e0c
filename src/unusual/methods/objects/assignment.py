"""Who belongs to whom at the least total cost: the assignment problem."""

from math import inf

import numpy as np
from numpy.typing import NDArray

from unusual.errors import DataError


def assignment(costs: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns, (min(N, M),) each, of the pairs with the least sum of costs; rows rise.

    Row by row the shortest way is sought to a column that is still free: over columns that are taken, whose rows then
    move on. Of ways of one length that to a free column is taken, so the same costs give the same pairs everywhere.

    Args:
        costs: (N, M), finite.

    Raises:
        DataError: they are not.

    Source: Crouse, "On implementing 2D rectangular assignment algorithms", IEEE Transactions on Aerospace and
    Electronic Systems 2016, which SciPy follows too. A few dozen rows take a millisecond.

    >>> [each.tolist() for each in assignment(np.array([[1.0, 2.0, 9.0], [1.0, 4.0, 9.0]]))]
    [[0, 1], [1, 0]]
    """
    rows, columns = costs.shape
    if not np.isfinite(costs).all():
        raise DataError("what it costs to pair two things must be finite")
    if rows > columns:
        taken, own = assignment(costs.T)
        order = np.argsort(own)
        return own[order], taken[order]
    matching = _Matching(costs.tolist(), columns)
    for row in range(rows):
        matching.add(row)
    return np.arange(rows), np.array(matching.column_of, np.intp)


class _Matching:
    """Rows that have a column each, with prices of rows and columns under which no pair costs less than its two."""

    def __init__(self, costs: list[list[float]], columns: int) -> None:
        self.costs = costs
        self.row_price, self.column_price = [0.0] * len(costs), [0.0] * columns
        self.column_of, self.row_of = [-1] * len(costs), [-1] * columns

    def add(self, new: int) -> None:
        """Give one row more a column."""
        rows, columns, before, length = self._way(new)
        column = columns[-1]
        far = length[column]
        self.row_price[new] += far
        for row in rows[1:]:
            self.row_price[row] += far - length[self.column_of[row]]
        for each in columns:
            self.column_price[each] -= far - length[each]
        row = -1
        while row != new:
            row = before[column]
            self.row_of[column] = row
            self.column_of[row], column = column, self.column_of[row]

    def _way(self, row: int) -> tuple[list[int], list[int], list[int], list[float]]:
        """The shortest way to a free column: rows and columns on it, and of every column the row before it, how far."""
        left = list(range(len(self.row_of)))[::-1]
        before, length = [-1] * len(left), [inf] * len(left)
        rows, columns, far = [row], list[int](), 0.0
        while True:
            nearest, place = inf, -1
            costs, price = self.costs[row], self.row_price[row]
            for at, column in enumerate(left):
                way = far + costs[column] - price - self.column_price[column]
                if way < length[column]:
                    length[column], before[column] = way, row
                if length[column] < nearest or (length[column] == nearest and self.row_of[column] < 0):
                    nearest, place = length[column], at
            far, column = nearest, left[place]
            left[place] = left[-1]
            left.pop()
            columns.append(column)
            row = self.row_of[column]
            if row < 0:
                return rows, columns, before, length
            rows.append(row)
