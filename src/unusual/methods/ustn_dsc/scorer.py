"""USTN-DSC judges: whole events from three of their frames, one error for each event."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Explanation, FrameErrors
from unusual.methods.pictures.clip_scorer import ClipScorer
from unusual.methods.pictures.clips import Unit
from unusual.methods.scorer import Arrays, Net, OpenNet
from unusual.methods.ustn_dsc.settings import UstnDscConfig


class UstnDscScorer(ClipScorer):
    """Judges clips as a whole; clips.width must be known. net: (B, T, H, W, C) uint8 -> `judging.Judged`."""

    def __init__(self, config: UstnDscConfig, net: Net) -> None:
        super().__init__(config.clips, frames=config.network.frames, colours=config.network.colours)
        self._net = net

    def judge_units(self, units: Sequence[Unit]) -> Iterator[FrameErrors]:
        """Minus the PSNR of the frame that was restored worst (Eq. 6), and where the missing frames are wrong."""
        errors, regions = self._net.run(("error", "region"), np.stack([unit.clip for unit in units]))
        for unit, error, region in zip(units, errors.tolist(), regions, strict=True):
            yield FrameErrors(unit.indices, unit.times_s, error, region, published=unit.side_by_side)

    def explain(self, unit: FrameErrors, pictures: NDArray[np.uint8], first: int) -> Explanation:
        """The missing frame of one unit (span, H, W, C) uint8 that holds its largest region error, as restored."""
        clip = self.clip_of(pictures)
        worst, restored = self._net.run(("worst", "restored"), clip)
        return self.explained(int(worst[0]), restored[0, int(worst[0])], clip[0])


def scorer(config: UstnDscConfig, learnt: Arrays, open_net: OpenNet) -> UstnDscScorer:
    """As `make_scorer`: all that is learnt is the network."""
    return UstnDscScorer(config, open_net())
