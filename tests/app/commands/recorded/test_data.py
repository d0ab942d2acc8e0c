"""`unusual data`: a data set is counted, what is wrong with it named, and one made up."""

import re
import shutil


def test_data_check_counts_and_names_what_is_wrong(run, scene, tmp_path):
    code, said, _ = run("data", "check", scene)
    assert code == 0
    assert "nothing is wrong" in said
    bad = tmp_path / "own" / "normal"
    bad.mkdir(parents=True)
    (bad / "a.mp4").write_bytes((scene / "test/01.mp4").read_bytes()[:5000])
    code, said, _ = run("data", "check", bad.parent)
    assert code == 1
    assert re.search(r"a: partial, \d of 135 frames", said)


def test_a_set_without_a_training_part_is_not_said_to_be_trained_on_next(run, scene, tmp_path):
    shutil.copytree(scene / "test", tmp_path / "set/test")
    shutil.copy(scene / "labels.csv", tmp_path / "set")
    code, _, err = run("data", "check", tmp_path / "set")
    assert code == 0
    assert "unusual train" not in err
    assert "unusual evaluate" in " ".join(err.split())


def test_data_make_writes_a_data_set(run, tmp_path):
    assert run("data", "make", tmp_path / "made", "--minutes", "0.02", "--clips", "0")[0] == 0
    assert (tmp_path / "made/normal/01.mp4").exists()
