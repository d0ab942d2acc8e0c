"""What another camera changes of habits."""

from unusual.methods.habits.settings import METHOD, small


def test_about_ten_frames_a_second_are_judged_with_a_second_of_memory():
    assert small().paced(25) == ["moments.step=3", "moments.second=25", "moments.memory_s=1.0"]
    assert small().paced(10) == ["moments.step=1", "moments.second=10", "moments.memory_s=1.0"]
    assert small().paced(0.5) == ["moments.step=1", "moments.second=1", "moments.memory_s=1.0"]


def test_it_needs_no_network_and_says_what_a_detector_would_add():
    assert not METHOD.has_network
    assert "unusual fetch" in small().lacking()
