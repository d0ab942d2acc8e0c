"""The small predictor."""

from unusual.methods.future_frame.settings import small


def test_small_keeps_the_videos_shape():
    completed = small().completed(240, 360)
    assert (completed.clips.height, completed.clips.width, completed.network.colours) == (160, 240, 1)
