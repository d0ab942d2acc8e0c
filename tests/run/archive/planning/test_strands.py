"""Files -> streams: joined where no gap lies between, never counted twice."""

from dataclasses import replace
from fractions import Fraction

import pytest

from unusual.run.archive.planning.looking import LookedAt
from unusual.run.archive.planning.recordings import Recording
from unusual.run.archive.planning.strands import strands_of
from unusual.video.container.film import Film, KeyFrame

KEYS = tuple(KeyFrame(n, Fraction(n, 10)) for n in range(20, 600, 20))


def looked(start, name="", frames=600, size=(64, 48), told=True, others=()):
    film = Film(frames, Fraction(0), Fraction(frames, 10), *size, Fraction(10), KEYS)
    starts = (float(start), *others) if told else ()
    return LookedAt(
        Recording(name or f"/nvr/{start}.mp4", "yard", starts), film, 1, int((start + 60) * 1e9), str(start)
    )


def never(earlier, later):
    return 0


def told(films, shared=never):
    strands, rows = strands_of(films, shared)
    return [(s.begins_utc, s.frames) for s in strands], [row.state for row in rows], [row.words for row in rows]


def test_files_one_after_the_other_are_one_stream_to_the_second_that_names_have():
    assert told([looked(120.9), looked(0), looked(60)])[0] == [(0.0, 1800)]


@pytest.mark.parametrize(
    "films", [[looked(0), looked(63)], [looked(0), looked(60, size=(32, 32))]], ids=["time", "size"]
)
def test_a_gap_or_another_size_begins_another_stream(films):
    streams, states, _ = told(films)
    assert [frames for _, frames in streams] == [600, 600] and states == ["used", "used"]


def test_frames_that_two_files_share_are_counted_once():
    streams, states, words = told(
        [looked(0), looked(55), looked(115)], lambda one, other: 50 if other.content == "55" else 0
    )
    assert streams == [(0.0, 600 + 550 + 600)]
    assert states == ["used", "overlap", "used"] and words[1] == "its first 50 frames are those that end nvr/0.mp4"


def test_a_file_whose_frames_all_are_in_the_one_before_is_a_duplicate():
    streams, states, _ = told([looked(0), looked(30, frames=300)], lambda one, other: 300)
    assert streams == [(0.0, 600)] and states == ["used", "duplicate"]


def test_a_clock_that_was_set_back_loses_no_frame():
    first, again = [looked(t) for t in (0, 60, 120)], [looked(t + 7) for t in (60, 120, 180)]
    streams, states, words = told([*first, *again])
    assert streams == [(0.0, 1800), (67.0, 1800)] and states == ["used"] * 6
    assert sum("clock was set back" in word for word in words) == 1


def test_two_passes_of_the_same_second_are_told_apart_by_when_they_were_written():
    first, again = [looked(t) for t in (0, 60, 120)], [looked(t, f"/nvr/again-{t}.mp4") for t in (0, 60, 120)]
    later = [
        replace(each, mtime_ns=each.mtime_ns + 3_600_000_000_000, content=f"again {n}") for n, each in enumerate(again)
    ]
    strands, _ = strands_of([*first, *later], never)
    assert [{m.looked.recording.path for m in s.members} for s in strands] == [
        {each.recording.path for each in some} for some in (first, later)
    ]


def test_the_second_pass_of_an_hour_goes_on_where_the_first_ended():
    streams, _, _ = told([looked(0), looked(60 - 3600, "/nvr/again.mp4", others=(60.0,))])
    assert sorted(frames for _, frames in streams) in ([600, 600], [1200])


def test_a_file_whose_path_tells_no_time_is_a_stream_of_its_own():
    streams, _, words = told([looked(0, told=False), looked(60, told=False)])
    assert len(streams) == 2 and "does not say when it begins" in words[0]


def test_times_go_on_over_files_and_pieces_know_where_they_are_entered():
    (strand,), _ = strands_of([looked(0), looked(60)], never)
    one, other = strand.pieces(590, 1000)
    assert (one.first, one.last, one.at, one.at_s) == (590, 600, 0, 0.0) and one.keys[0].position == 580
    assert (other.first, other.last, other.at, other.at_s) == (0, 400, 600, 60.0)
    assert [key.position for key in other.keys] == [20, 220]
    assert strand.pieces(0, 10)[0].keys == ()
