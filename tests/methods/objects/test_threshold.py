"""The detector's confidence is chosen by footage: where those who are followed keep their boxes."""

from fractions import Fraction

import numpy as np
import pytest
from tiny_detectors import write_red_finder

from unusual.methods.habits.settings import HabitsConfig
from unusual.methods.objects.objects import ObjectConfig
from unusual.methods.objects.threshold import HIGHEST, LOWEST, chosen_score, highest_kept
from unusual.methods.objects.tracks import TrackConfig
from unusual.run.config import make_config
from unusual.video.writer import write_video


@pytest.mark.parametrize(
    ("confidences", "score"),
    [
        pytest.param([0.9] * 10, HIGHEST, id="all are sure"),
        pytest.param([0.32] * 9 + [0.0], 0.3, id="all are seen at 0.3, one in ten is lost"),
        pytest.param([0.9] * 7 + [0.22] * 3, 0.2, id="three in ten are weak"),
        pytest.param([0.9] * 7 + [0.0] * 3, LOWEST, id="three in ten are lost at any"),
        pytest.param([], LOWEST, id="nobody is followed"),
    ],
)
def test_the_highest_confidence_at_which_four_of_five_boxes_are_kept(confidences, score):
    assert highest_kept(np.array(confidences)) == score


def film(path, frames=30):
    """A red thing that walks to the right."""
    with write_video(path, 96, 64, Fraction(10), crf=1) as sink:
        for n in range(frames):
            rgb = np.full((64, 96, 3), 90, np.uint8)
            rgb[20:44, 10 + 2 * n : 22 + 2 * n] = (250, 10, 10)
            sink.add(rgb, n / 10)
    return path


def test_a_film_decides_what_the_settings_leave_open(tmp_path):
    finder = str(write_red_finder(tmp_path / "red.onnx"))
    config = ObjectConfig(detector=finder, score=0.0, smallest_side=4)
    video = film(tmp_path / "a.mp4")
    score = chosen_score([video], config, TrackConfig(), 1, 10.0)
    assert LOWEST <= score <= HIGHEST
    changes = [f"objects.detector={finder}", "objects.smallest_side=4"]
    open_ = make_config("habits", changes=changes).settings.completed(64, 96, 10.0)
    fitted, said = open_.fitted([video])
    assert fitted.objects.score == score
    assert fitted.tracks.sure == pytest.approx(min(0.9, 1.75 * score))
    assert said == [f"objects.score={score:g}: followed objects keep 80% of their boxes"]
    given = make_config("habits", changes=[*changes, "objects.score=0.4"]).settings.completed(64, 96, 10.0)
    assert given.fitted([video]) == (given, [])


def test_without_a_detector_there_is_nothing_to_choose(tmp_path):
    config = HabitsConfig().completed(64, 96, 10.0)
    assert config.fitted([tmp_path / "never opened.mp4"]) == (config, [])
