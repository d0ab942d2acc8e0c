"""A look at files, each in a process of its own."""

import os
import signal

from unusual.run.archive.planning import looking
from unusual.run.archive.planning.looking import look_at, look_at_all, shared_with
from unusual.run.archive.planning.recordings import Recording


def recordings(folder):
    return [Recording(str(path), "yard") for path in sorted(folder.rglob("*.mp4"))]


def test_good_and_broken_files_are_looked_at_and_told_apart(segments, tmp_path):
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no film at all")
    told = list(look_at_all([*recordings(segments), *recordings(tmp_path)], workers=2))
    good = [done.value for done in told if done.value]
    assert len(good) == 10 and {one.film.frames for one in good} == {40}
    bad = {done.task.path.rsplit("/", 1)[-1]: done.trouble for done in told if not done.value}
    assert "0 bytes" in bad["empty.mp4"] and "invalid data" in bad["text.mp4"]


def die(recording):
    os.kill(os.getpid(), signal.SIGSEGV)


def test_a_file_that_kills_who_looks_at_it_costs_nothing_but_itself(segments, monkeypatch):
    monkeypatch.setattr(looking, "look_at", die)
    told = list(look_at_all(recordings(segments)[:2], workers=1))
    assert [(done.value, done.trouble) for done in told] == [(None, "its process died (SIGSEGV)")] * 2


def test_a_file_begins_when_its_path_says_or_when_it_was_written(segments):
    path = recordings(segments)[0].path
    os.utime(path, (1000.0, 1000.0))
    assert look_at(Recording(path, "yard")).start_utc == 996.0
    assert look_at(Recording(path, "yard", (77.0,))).start_utc == 77.0


def test_two_files_share_the_frames_that_both_have(film, tmp_path):
    from made_archive import copy_groups

    one, other = copy_groups(film, tmp_path / "1.mp4", 0, 3), copy_groups(film, tmp_path / "2.mp4", 2, 5)
    assert shared_with(*(look_at(Recording(str(path), "yard")) for path in (one, other))) == 20
