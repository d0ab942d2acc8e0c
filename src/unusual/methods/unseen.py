"""Ordinary footage, and who judges it without having learnt from it: that says how ordinary footage scores.

A network's is held out of its training. What learns in a moment needs to hold nothing out: it learns from all footage,
and each part in turn is judged by what the others taught.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from unusual.domain import FrameErrors
from unusual.methods.footage import Footage, in_parts
from unusual.methods.learner import CountingLearner
from unusual.methods.scorer import Scorer

TURNS = 5  # parts, one after the other in time


@dataclass(frozen=True, slots=True)
class Unseen:
    """A stretch of ordinary footage. scorer: who judges it, and has not learnt from it."""

    footage: Footage
    scorer: Scorer

    @property
    def units(self) -> int:
        """How many there are to judge."""
        return self.scorer.units(self.footage)

    def judged(self) -> Iterator[FrameErrors]:
        """The errors of its units."""
        return self.scorer.judge_footage(self.footage)


def unseen_by(scorer: Scorer, footage: Sequence[Footage]) -> list[Unseen]:
    """Footage that a scorer has not learnt from."""
    return [Unseen(stretch, scorer) for stretch in footage]


def in_turns(learner: CountingLearner, footage: Sequence[Footage]) -> list[Unseen]:
    """Footage that was learnt from, in parts of equal length, each with who knows but the others."""
    unseen = []
    for part in in_parts(footage, TURNS):
        scorer = learner.scorer_without(part)
        unseen += [Unseen(stretch, scorer) for stretch in part if scorer.units(stretch)]
    return unseen
