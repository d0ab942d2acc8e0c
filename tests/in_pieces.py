"""A video judged in pieces, as the shards of an archive are."""

import numpy as np


def judged_in_pieces(scorer, pictures, length):
    """Units of (seconds, picture)s, each piece of so many frames judged by itself with what `reach` says around it."""
    reach, found = scorer.reach, []
    for first in range(0, len(pictures), length):
        low = max(0, first - reach.lead) // reach.every * reach.every
        piece = pictures[low : first + length + reach.after]
        found += [
            (low + unit.indices, unit)
            for unit in scorer.judge("piece", iter(piece))
            if first <= low + unit.indices[0] < first + length
        ]
    return found


def assert_judged_alike_in_pieces(scorer, pictures, length):
    """The units are those of the whole."""
    whole = list(scorer.judge("whole", iter(pictures)))
    found = judged_in_pieces(scorer, pictures, length)
    assert [indices.tolist() for indices, _ in found] == [unit.indices.tolist() for unit in whole]
    for (_, one), other in zip(found, whole, strict=True):
        assert one.published == other.published
        np.testing.assert_allclose(one.error, other.error, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(one.region, other.region, rtol=1e-5, atol=1e-6)
