"""Future-frame prediction judges: a frame that does not follow from the last four is unusual.

Source: Liu et al., "Future Frame Prediction for Anomaly Detection - A New Baseline", CVPR 2018. The authors drop a
video's first four frames, which nothing predicts; here they take the error of the fifth: every frame has a score.
"""

from unusual.methods.future_frame.settings import FutureFrameConfig
from unusual.methods.pictures.frame_scorer import FrameScorer
from unusual.methods.scorer import Arrays, OpenNet


def scorer(config: FutureFrameConfig, learnt: Arrays, open_net: OpenNet) -> FrameScorer:
    """As `make_scorer`; clips.width must be known. All that is learnt is the network."""
    shape = config.network
    last = (shape.frames - 1,)
    return FrameScorer(config.clips, open_net(), frames=shape.frames, colours=shape.colours, rebuilt_at=last)
