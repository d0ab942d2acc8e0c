"""`unusual fetch`: it says where a detector is, and fetches nothing that is there already."""

from unusual.methods.objects.weights import KNOWN


def test_a_detector_that_is_there_stays_as_it_is_and_its_place_is_said(run, tmp_path):
    (tmp_path / KNOWN["yolox-nano"].file).write_bytes(b"here already")
    code, out, _ = run("fetch", "yolox-nano", "--out", tmp_path)
    assert (code, out.strip()) == (0, str(tmp_path / KNOWN["yolox-nano"].file))
    assert (tmp_path / KNOWN["yolox-nano"].file).read_bytes() == b"here already"


def test_where_no_folder_is_named_it_is_the_one_where_detectors_are_looked_for(run, tmp_path, monkeypatch):
    monkeypatch.setenv("UNUSUAL_MODELS", str(tmp_path))
    (tmp_path / KNOWN["yolox-nano"].file).write_bytes(b"here already")
    assert run("fetch", "yolox-nano")[1].strip() == str(tmp_path / KNOWN["yolox-nano"].file)


def test_a_detector_that_nobody_publishes_is_to_be_put_into_the_folder_that_was_named(run, tmp_path):
    code, _, err = run("fetch", "deimv2-femto", "--out", tmp_path)
    assert code == 2
    assert str(tmp_path) in err
    assert not list(tmp_path.iterdir())
