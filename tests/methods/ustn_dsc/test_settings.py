"""USTN-DSC's presets: the paper's own, and ours for a processor."""

import pytest

from unusual.errors import ConfigError
from unusual.methods.ustn_dsc.settings import METHOD, ObjectiveConfig, medium, paper, small


def test_the_papers_own_are_the_papers_own():
    config = paper()
    assert (config.clips.height, config.clips.width, config.network.frames, config.training.epochs) == (
        256,
        256,
        9,
        100,
    )


def test_small_spans_the_same_time_with_fewer_frames_and_keeps_the_videos_shape():
    clips, frames = small().clips, small().network.frames
    assert 1 + clips.stride * (frames - 1) == paper().network.frames
    completed = small().completed(240, 360)
    assert (completed.clips.height, completed.clips.width) == (160, 240)
    assert METHOD.warm_start.exists()


def test_medium_may_end_at_any_moment():
    training = medium().training
    assert training.schedule == "constant" and training.averaging > 0
    assert medium().network == small().network and training.warm_start == "made-up"  # which fits that network alone
    assert medium().clips.stride == 1 and medium().clips.height > small().clips.height


@pytest.mark.parametrize("region", [0, 7])
def test_regions_that_cannot_be_are_refused(region):
    with pytest.raises(ConfigError, match="region"):
        ObjectiveConfig(region=region)
