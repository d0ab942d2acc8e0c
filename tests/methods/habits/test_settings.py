"""What another camera changes of habits."""

from dataclasses import replace

import pytest

from unusual.methods.habits.settings import METHOD, small
from unusual.run.config import config_from_dict, config_to_dict, make_config


def test_about_ten_frames_a_second_are_judged_with_a_second_of_memory():
    assert small().paced(25) == ["moments.step=3", "moments.second=25", "moments.memory_s=1.0"]
    assert small().paced(10) == ["moments.step=1", "moments.second=10", "moments.memory_s=1.0"]
    assert small().paced(0.5) == ["moments.step=1", "moments.second=1", "moments.memory_s=1.0"]


def test_it_needs_no_network_and_says_what_a_detector_would_add():
    assert not METHOD.has_network
    assert "unusual fetch" in small().lacking()
    assert "sees who stands" not in small().lacking()
    motion = replace(small(), objects=replace(small().objects, foreground=False))
    assert "sees who stands" in motion.lacking()
    detector = replace(small(), objects=replace(small().objects, detector="yolox-nano"))
    assert detector.lacking() == ""


@pytest.mark.parametrize("method", ["habits", "fused"])
def test_what_was_learnt_before_there_was_a_foreground_network_goes_on_without_it(method):
    kept = config_to_dict(make_config(method))
    assert kept["settings"]["objects"].pop("foreground")
    del kept["settings"]["objects"]["foreground_sha256"]
    assert not config_from_dict(kept, saved=True).settings.objects.foreground
