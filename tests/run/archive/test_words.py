"""What a person said of an archive, kept for later commands and other machines."""

from pathlib import Path

import pytest
from made_home import made_card

from unusual.errors import CheckpointError, ConfigError, DataError
from unusual.run.archive.words import ArchiveWords, read_words, write_words
from unusual.run.archive.work import CameraModel
from unusual.store.cameras import write_card
from unusual.store.home import Home


def test_words_come_back_as_they_were(tmp_path):
    words = ArchiveWords(
        ("nvr",), ("{camera}/*",), "Europe/Berlin", 5.0, "model", ("clips.step=3",), alarms_per_day=2.0
    )
    write_words(tmp_path, words)
    assert read_words(tmp_path) == words
    assert words.named.zone.key == "Europe/Berlin"
    assert words.home_in(tmp_path).folder == tmp_path / "home" and words.shelf_in(tmp_path).place == str(
        tmp_path / "shards"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "--checkpoint"), ({"home": "h", "changes": ("a=1",)}, "--set"), ({"home": "h", "zone": "Nowhere"}, "--zone")],
)
def test_words_that_do_not_fit_are_refused(given, said):
    with pytest.raises(ConfigError, match=said):
        ArchiveWords(("nvr",), **given)


def test_a_folder_without_words_is_said(tmp_path):
    with pytest.raises(DataError, match="no archive that was planned"):
        read_words(tmp_path)


def test_one_checkpoint_judges_all_cameras_by_its_own_thresholds(model, tmp_path):
    words = ArchiveWords(("nvr",), checkpoint=str(model), enter=3.0, alarms_per_day=5.0)
    judged, rule = words.judging("yard"), words.rule("yard")
    assert len(judged.model) == 64 and judged.reach.every == 2
    assert (rule.thresholds.enter, rule.scale, rule.alarms_per_day) == (3.0, None, 5.0)
    assert dict(words.work(tmp_path, ["a", "b"]).models)["b"] == CameraModel(str(model))


def test_learnt_cameras_judge_themselves_by_their_cards(model, tmp_path):
    home = Home(tmp_path)
    (tmp_path / "cameras").mkdir()
    home.camera("yard").symlink_to(model)
    write_card(home.camera("yard"), made_card("yard", alarms_per_day=3.0, leave=0.8))
    words = ArchiveWords(("nvr",), home=str(tmp_path))
    rule = words.rule("yard")
    assert (rule.thresholds.leave, rule.alarms_per_day) == (0.8, 3.0) and rule.scale is not None
    assert ArchiveWords(("nvr",), home=str(tmp_path), alarms_per_day=9.0).rule("yard").alarms_per_day == 9.0
    assert words.home_in(Path("out")) == home
    with pytest.raises(CheckpointError, match="no camera 'gate'"):
        words.judging("gate")
    (model / "camera.json").unlink()
