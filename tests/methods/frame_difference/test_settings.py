"""The sizes at which frames are compared."""

import pytest

from unusual.errors import ConfigError
from unusual.methods.frame_difference.settings import paper, small
from unusual.run.config import make_config


def test_pictures_smaller_than_the_box_are_refused():
    with pytest.raises(ConfigError, match="larger than the picture"):
        make_config("frame-difference", changes=["objective.region=200"])


def test_the_presets_are_the_fields_256_and_the_houses_160():
    assert (paper().clips.height, paper().clips.width, paper().clips.step) == (256, 256, 1)
    assert (small().completed(240, 360).clips.height, small().completed(240, 360).clips.width) == (160, 240)
