"""In which light an event was seen, by its clip."""

from made_lights import DAY, NIGHT, film

from unusual.camera.lights.clips import light_of


def test_a_clip_is_of_the_light_that_most_of_it_is_seen_in(tmp_path):
    assert light_of(film(tmp_path / "day.mp4", DAY)) is DAY
    assert light_of(film(tmp_path / "night.mp4", NIGHT)) is NIGHT
    assert light_of(film(tmp_path / "dawn.mp4", NIGHT, DAY, DAY)) is DAY


def test_what_does_not_play_is_of_none(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"no video")
    assert light_of(tmp_path / "clip.mp4") is None
    assert light_of(tmp_path / "gone.mp4") is None
