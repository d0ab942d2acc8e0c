"""The convolutional autoencoder judges: what ten frames do not look like is unusual.

Source: Hasan et al., "Learning Temporal Regularity in Video Sequences", CVPR 2016. Its regularity of a frame is one
minus the error less its minimum, over its maximum, in each video; the house scales by minimum and maximum instead, in
which the frames of a video stand in the same order.
"""

from unusual.methods.conv_ae.settings import ConvAeConfig
from unusual.methods.pictures.frame_scorer import FrameScorer
from unusual.methods.scorer import Arrays, OpenNet


def scorer(config: ConvAeConfig, learnt: Arrays, open_net: OpenNet) -> FrameScorer:
    """As `make_scorer`; clips.width must be known. All that is learnt is the network."""
    return FrameScorer(config.clips, open_net(), frames=config.network.frames, colours=1)
