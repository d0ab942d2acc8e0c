"""The report of an archive: what it says, and that it stays small."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import numpy as np
import pytest

from unusual.app.report.archive_report import ArchiveView, write_archive_report
from unusual.domain import Box, Event
from unusual.run.archive.manifest import FilmPiece, FilmRow, Shard
from unusual.run.archive.past.days import CameraDay
from unusual.run.archive.past.gather import CameraPast, FileTrouble
from unusual.run.archive.past.tables import ArchiveEvent
from unusual.run.archive.work import Quarantined
from unusual.store.home import Home
from unusual.video.pictures import jpeg

NOON = 1_795_176_000.0
PIECE = FilmPiece("/nvr/<b>1.mp4", 1, 1, "", 0, 600, 600, 0, 0.0)
SHARD = Shard("id", "yard", "yard-1", 0, 0, 600, 600, NOON, 10.0, "", "", (PIECE,))


def event(number, score):
    told = Event(number / 10, number / 10 + 2, number / 10 + 1, score, Box(0.1, 0.1, 0.5, 0.5), "moves <i>fast</i>")
    return ArchiveEvent(f"{number:022}", "yard", told, 0.25, SHARD, number, number + 8)


def day(number, ordinary=0.1, worst=1.0):
    return CameraDay(date(2026, 1, 1) + timedelta(number), 24.0, worst, ordinary, 0.9)


def past(**more):
    base = CameraPast("yard", 2.0, "score 2, as for single videos", 600, 3, 1, [day(n) for n in range(20)])
    stretches = [(NOON, NOON + 600), (NOON + 4200, NOON + 5000)]
    return replace(base, events=[event(1, 5.0), event(2, 9.0)], stretches=stretches, **more)


def written(tmp_path, *pasts, films=(), given_up=()):
    write_archive_report(tmp_path / "r.html", ArchiveView(pasts, films, given_up, Home(tmp_path), UTC))
    return (tmp_path / "r.html").read_text()


def test_the_report_says_what_is_there_and_what_is_not(tmp_path):
    films = [
        FilmRow("/nvr/bad.mp4", "yard", "unreadable", "the file is empty"),
        FilmRow("/nvr/2.mp4", "yard", "duplicate", "the same as 1"),
    ]
    html = written(
        tmp_path,
        past(troubles=[FileTrouble("yard", "/nvr/part.mp4", "3 of 60 frames are missing")]),
        films=films,
        given_up=[Quarantined("id", "yard", "yard-2", 60.0, ("/nvr/hang.mp4",), "it took longer than it may")],
    )
    for words in ("2 unusual events in 480.0 h of 1 camera", "the file is empty", "the same as 1", "hang.mp4",
                  "3 of 60 frames are missing", "600 frames were read", "1 h from Fri 20 Nov 2026, 12:10:00",
                  "once in 4 days", "the model still fits", "1 stands in", "times are of UTC"):  # fmt: skip
        assert words in html, words
    assert "<i>fast" not in html and "<b>1.mp4" not in html
    assert "http" not in html.replace("http-equiv", "")


def test_moments_come_with_their_pictures_the_worst_first(tmp_path):
    folder = Home(tmp_path).event(event(2, 9.0).id)
    folder.mkdir(parents=True)
    (folder / "real.jpg").write_bytes(jpeg(np.zeros((48, 64, 3), np.uint8)))
    html = written(tmp_path, past())
    assert html.count("data:image/jpeg") == 1 and html.index("Score 9.00") < html.index("Score 5.00")


def test_a_place_that_is_not_what_was_learnt_is_said(tmp_path):
    days = [day(n, 0.1 + 0.1 * n) for n in range(20)]
    assert "the place is not what was learnt any more" in written(tmp_path, replace(past(), days=days))
    assert "too few days to tell" in written(tmp_path, replace(past(), days=days[:5]))


def test_ordinary_scores_are_drawn_over_the_days_once_there_are_enough(tmp_path):
    days = [day(n, 0.1 * n) for n in range(20)]
    html = written(tmp_path, replace(past(), days=days))
    assert 'd="M0.5 20.00 L1.5 19.00' in html and "the upper edge is the level of an event" in html
    assert "<path" not in written(tmp_path, replace(past(), days=days[:5]))


@pytest.mark.parametrize(
    ("per_day", "said"),
    [
        (0.0, "less than once a year"),
        (0.01, "about once in 100 days"),
        (3.0, "about 3 times a day"),
        (240.0, "about 10 times an hour"),
    ],
)
def test_how_often_such_a_score_is_reached_is_told_in_the_unit_that_fits(tmp_path, per_day, said):
    assert f"reached {said}" in written(tmp_path, replace(past(), events=[replace(event(1, 5.0), per_day=per_day)]))


def test_little_video_is_told_in_minutes(tmp_path):
    short = replace(past(), days=[replace(day(0), hours=0.05)])
    assert "2 unusual events in 3 min of 1 camera" in written(tmp_path, short)


def test_many_gaps_are_summed_up(tmp_path):
    stretches = [(NOON + 1000 * n, NOON + 1000 * n + 400 - n) for n in range(14)]
    assert "and 3 shorter ones; all together 2 h 11 min" in written(tmp_path, replace(past(), stretches=stretches))


def test_files_are_named_below_the_folder_that_all_of_them_are_in(tmp_path):
    bad = [FilmRow(f"/nvr/{name}/1.mp4", name, "unreadable", "empty") for name in ("gate", "yard")]
    html = written(tmp_path, past(), films=bad)
    assert "Files are those below /nvr." in html and "<td>gate/1.mp4</td>" in html
    assert "<td>/nvr/gate/1.mp4</td>" in written(
        tmp_path, past(), films=[*bad, FilmRow("/x/1.mp4", "x", "unreadable", "")]
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(1, "A column is a day, from 01 Jan 2026 to 01 Jan 2026"), (800, "A column is 3 days, from 01 Jan 2026")],
)
def test_a_column_of_the_calendar_is_a_day_or_as_many_as_keep_it_small(tmp_path, days, said):
    assert said in written(tmp_path, replace(past(), days=[day(n) for n in range(days)]))


@pytest.mark.parametrize("events", [200, 2000])
def test_its_size_is_bounded_whatever_the_archive(tmp_path, events):
    many = replace(
        past(),
        events=[event(n, float(n)) for n in range(events)],
        days=[day(n) for n in range(events * 2)],
        troubles=[FileTrouble("yard", f"/nvr/{n}.mp4", "bad") for n in range(events)],
    )
    html = written(
        tmp_path, *[many] * (events // 10), films=[FilmRow(f"/{n}", "y", "unreadable", "bad") for n in range(events)]
    )
    assert html.count('<article class="card">') <= 160 and len(html) < 6_000_000
    assert f"And {events * (events // 10) - 100} more" in html


def test_an_archive_without_anything_says_so(tmp_path):
    assert "Nothing unusual in 0.0 h of 0 cameras" in written(tmp_path)
