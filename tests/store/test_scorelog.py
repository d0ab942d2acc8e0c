"""The day's timeline: the highest score of each second, by days, whole again after a power cut."""

import subprocess
import sys
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unusual.errors import DataError, OutputError
from unusual.store.home import Home
from unusual.store.scorelog import LONGEST_DAYS, ScoreLog, forget_scores, read_scores

quick = settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()
MIDNIGHT = NOON + 12 * 3600


def write(folder, *scored, camera="gate"):
    log = ScoreLog(Home(folder), camera)
    for utc, score in scored:
        log.add(utc, score)
    log.close()


def read(folder, since=0.0, until=None):
    lines = read_scores(Home(folder), "gate", since or NOON - 100, until or MIDNIGHT + 100)
    return list(zip(lines.times_utc.tolist(), lines.scores.tolist(), strict=True)), lines.skipped


def file_of(folder, day="2026-07-01"):
    return folder / "scores" / "gate" / f"{day}.csv"


def test_a_line_a_second_holds_its_highest_score(tmp_path):
    write(tmp_path, (NOON + 0.1, 1.0), (NOON + 0.5, 3.0), (NOON + 0.9, 2.0), (NOON + 1.2, 0.5), (NOON + 4.0, -7.25))
    assert file_of(tmp_path).read_text() == f"{NOON:.0f},3\n{NOON + 1:.0f},0.5\n{NOON + 4:.0f},-7.25\n"
    assert read(tmp_path) == ([(NOON, 3.0), (NOON + 1, 0.5), (NOON + 4, -7.25)], 0)


def test_what_was_not_scored_leaves_no_line(tmp_path):
    write(tmp_path, (NOON, float("nan")), (NOON + 1, 2.0), (NOON + 1.5, float("nan")))
    assert read(tmp_path) == ([(NOON + 1, 2.0)], 0)


def test_days_change_at_midnight_utc_and_reading_goes_across(tmp_path):
    write(tmp_path, (MIDNIGHT - 1, 1.0), (MIDNIGHT, 2.0), (MIDNIGHT + 1, 3.0))
    assert sorted(file.name for file in file_of(tmp_path).parent.iterdir()) == ["2026-07-01.csv", "2026-07-02.csv"]
    assert read(tmp_path)[0] == [(MIDNIGHT - 1, 1.0), (MIDNIGHT, 2.0), (MIDNIGHT + 1, 3.0)]
    assert read(tmp_path, MIDNIGHT, MIDNIGHT + 1)[0] == [(MIDNIGHT, 2.0)]


def test_a_log_that_is_opened_again_goes_on(tmp_path):
    write(tmp_path, (NOON, 1.0))
    write(tmp_path, (NOON + 1, 2.0))
    assert len(read(tmp_path)[0]) == 2


def test_a_clock_that_is_set_back_overwrites_nothing(tmp_path):
    write(tmp_path, (NOON, 1.0), (NOON + 1, 2.0), (NOON, 3.0), (NOON + 1, 1.0), (NOON + 2, 5.0))
    assert read(tmp_path) == ([(NOON, 3.0), (NOON + 1, 2.0), (NOON + 2, 5.0)], 0)
    assert file_of(tmp_path).read_text().count("\n") == 5


@quick
@given(cut=st.integers(1, 60))
def test_a_power_cut_costs_the_torn_line_alone_and_the_log_goes_on(tmp_path, cut):
    file_of(tmp_path).unlink(missing_ok=True)
    scored = [(NOON + n, 1.5 + n) for n in range(5)]
    write(tmp_path, *scored)
    content = file_of(tmp_path).read_bytes()[:-cut]
    file_of(tmp_path).write_bytes(content)
    whole, torn = scored[: content.count(b"\n")], bool(content) and not content.endswith(b"\n")
    assert read(tmp_path) == (whole, int(torn))
    write(tmp_path, (NOON + 9, 9.0))
    assert read(tmp_path) == ([*whole, (NOON + 9, 9.0)], 0)


def test_zeros_and_rubbish_that_a_power_cut_left_inside_are_skipped_and_said(tmp_path):
    write(tmp_path, (NOON, 1.0), (NOON + 1, 2.0))
    rubbish = bytes(50) + b"\n12,\n\xff\xfe,3\n"
    file_of(tmp_path).write_bytes(file_of(tmp_path).read_bytes() + rubbish + f"{NOON + 2:.0f},3\n".encode())
    assert read(tmp_path) == ([(NOON, 1.0), (NOON + 1, 2.0), (NOON + 2, 3.0)], 3)


def test_nothing_was_logged(tmp_path):
    lines = read_scores(Home(tmp_path), "gate", NOON, MIDNIGHT)
    assert lines.times_utc.shape == lines.scores.shape == (0,)
    assert lines.times_utc.dtype == np.float64


def test_too_long_a_stretch_and_a_camera_that_is_a_path_are_refused(tmp_path):
    with pytest.raises(DataError, match=f"at most {LONGEST_DAYS} days"):
        read_scores(Home(tmp_path), "gate", 0.0, NOON)
    with pytest.raises(DataError, match="camera's name"):
        read_scores(Home(tmp_path), "../gate", NOON, MIDNIGHT)
    with pytest.raises(DataError, match="camera's name"):
        ScoreLog(Home(tmp_path), "..")


def test_a_day_that_cannot_be_read_is_named(tmp_path):
    file_of(tmp_path).mkdir(parents=True)
    with pytest.raises(DataError, match=r"cannot read .*2026-07-01.csv: Is a directory"):
        read(tmp_path)


def test_a_place_that_cannot_be_written_is_said_and_tried_again(tmp_path):
    (tmp_path / "scores").write_text("in the way")
    log = ScoreLog(Home(tmp_path), "gate")
    log.add(NOON, 1.0)
    with pytest.raises(OutputError, match=r"cannot write .*2026-07-01.csv"):
        log.add(NOON + 1, 2.0)
    (tmp_path / "scores").unlink()
    log.add(NOON + 2, 3.0)
    log.close()
    assert read(tmp_path)[0] == [(NOON + 1, 2.0), (NOON + 2, 3.0)]


FULL = """
import resource, sys
from pathlib import Path
from unusual.errors import OutputError
from unusual.store.home import Home
from unusual.store.scorelog import ScoreLog, read_scores
log, failures = ScoreLog(Home(Path(sys.argv[1])), "gate"), 0
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
for second in range(20):
    try:
        log.add(1e9 + second, 1.25)
    except OutputError:
        failures += 1
assert failures > 5
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
log.add(1e9 + 30, 2.0)
log.close()
lines = read_scores(Home(Path(sys.argv[1])), "gate", 1e9, 1e9 + 99)
assert lines.skipped == 0, "no half line stays"
assert lines.times_utc.tolist()[-2:] == [1e9 + 19, 1e9 + 30], "writing goes on when there is room"
assert len(lines.times_utc) == 21 - failures
"""


def test_a_full_disk_is_said_and_leaves_no_half_line(tmp_path):
    done = subprocess.run([sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_old_days_are_forgotten_of_all_cameras_and_nothing_else(tmp_path):
    for camera in ("gate", "yard"):
        write(tmp_path, (NOON, 1.0), (MIDNIGHT, 1.0), camera=camera)
    (tmp_path / "scores" / "gate" / "notes.csv").write_text("mine")
    gone = forget_scores(Home(tmp_path), MIDNIGHT + 5)
    assert [str(file.relative_to(tmp_path)) for file in gone] == [
        "scores/gate/2026-07-01.csv",
        "scores/yard/2026-07-01.csv",
    ]
    assert sorted(file.name for file in (tmp_path / "scores" / "gate").iterdir()) == ["2026-07-02.csv", "notes.csv"]
