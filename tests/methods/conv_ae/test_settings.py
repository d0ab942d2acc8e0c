"""Which convolutional autoencoders there are, and which cannot be."""

import numpy as np
import pytest

from unusual.errors import ConfigError
from unusual.methods.conv_ae.settings import ConvAeConfig, paper, small
from unusual.methods.pictures.clips import ClipConfig


def test_pictures_and_crops_that_the_strides_use_up_are_refused():
    with pytest.raises(ConfigError, match="23 pixels or more"):
        ConvAeConfig(ClipConfig(height=22, width=64))
    with pytest.raises(ConfigError, match="23 pixels or more"):
        ConvAeConfig(ClipConfig(height=64, width=64, crop=16))


def test_small_keeps_the_videos_shape():
    completed = small().completed(240, 360)
    assert (completed.clips.height, completed.clips.width) == (160, 240)
    assert np.prod(completed.network.widths) < np.prod(paper().network.widths) / 50
