"""Which published set a folder holds: labels and frame counts decide, a name alone is a guess and called one."""

from pathlib import Path

import pytest

from unusual.data.published import AVENUE_LENGTHS, KNOWN, PED2_LENGTHS, recognise


def test_what_is_known_fits_together():
    for known in KNOWN.values():
        assert not known.lengths or (len(known.lengths), sum(known.lengths)) == (known.clips, known.frames)


def named(folders, lengths, labels=(), clips=0, name="{:02d}"):
    """What a folder of test clips that are so long is taken for, and how that was guessed."""
    test = [(name.format(number), Path(str(number))) for number in range(1, len(lengths) + 1)]
    found = recognise(folders, labels, test, clips, lambda source: lengths[int(source.name) - 1])
    return found.name, found.note


BY_FOLDER, BY_CLIPS = "a guess, by the name of its folder", "a guess, by the names of its clips"
BY_COUNT = "a guess, by how many clips it has"


@pytest.mark.parametrize(
    ("lengths", "name"),
    [
        pytest.param(PED2_LENGTHS, "ped2", id="each clip is as long as that of Ped2"),
        pytest.param((200,) * 36, "ped1", id="each clip is as long as that of Ped1"),
        pytest.param(AVENUE_LENGTHS, "avenue", id="each clip is as long as that of Avenue"),
        pytest.param(PED2_LENGTHS[::-1], "own", id="the same lengths in another order"),
        pytest.param(PED2_LENGTHS[1:], "own", id="a clip is missing"),
    ],
)
def test_frame_counts_tell_a_set_whatever_its_folder_is_called(lengths, name):
    assert named(["lobby"], lengths) == (name, "")


def test_a_label_file_tells_more_than_frame_counts_and_folders():
    assert named(["avenue"], PED2_LENGTHS, ["UCSDped1.m"]) == ("ped1", "")
    assert named(["avenue"], [3, 4], ["frame_labels_ped2.npy"]) == ("ped2", "")


def test_a_folders_name_is_a_guess_that_frame_counts_may_belie():
    assert named(["my Ped2"], [PED2_LENGTHS[0], 17]) == ("ped2", BY_FOLDER)
    assert named(["like ped2"], [17, 18]) == (
        "own",
        "no clip is as long as that of ped2, which its folder is called after",
    )
    assert named(["data", "ShanghaiTech"], [17, 18]) == ("shanghaitech", BY_FOLDER), "its lengths are not known"
    assert named(["ped2"], [0, 0]) == ("ped2", BY_FOLDER), "nothing can be counted"


def test_names_of_clips_are_a_guess_too():
    assert named(["a"], [3, 4], name="01_{:04d}") == ("shanghaitech", BY_CLIPS)
    assert named(["a"], [3, 4], name="1_{:04d}") == ("own", "")


def test_how_many_clips_there_are_is_a_guess_only_where_no_frame_can_be_counted():
    assert named(["a"], [0] * 12, clips=16) == ("ped2", BY_COUNT)
    assert named(["a"], [0] * 12, clips=15) == ("own", "")
    assert named(["a"], [3] * 12, clips=16) == ("own", "")
