"""What a decoder makes of a source: sessions, messages in their time, and a last word without secrets."""

import io
import itertools
from fractions import Fraction

import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video import decoder_process
from unusual.video.decoder_messages import MessageKind, Request
from unusual.video.decoder_process import Timeline, messages, serve
from unusual.video.decoding import Picture
from unusual.video.writer import write_video


def still(*times, jumps=(), sizes=()):
    """Sessions of pictures with these times. jumps, sizes: the pictures before which clock or size changed."""
    timeline, size, sessions = Timeline(), 4, []
    for n, time_s in enumerate(times):
        size += n in sizes
        picture = Picture(n, Fraction(time_s), np.zeros((size, size, 3), np.uint8), False, n in jumps)
        fresh, within_s, played_s = timeline.place(picture)
        sessions.append([]) if fresh else None
        sessions[-1].append((float(within_s), float(played_s)))
    return sessions


def ticks(n, step, start=0):
    return [start + i * Fraction(step) for i in range(n)]


@pytest.mark.parametrize(
    ("times", "options", "lengths"),
    [
        pytest.param(ticks(50, "1/25"), {}, [50], id="a steady stream is one session"),
        pytest.param(ticks(9, 1), {"jumps": (4,)}, [4, 5], id="time stamps that jump back"),
        pytest.param([0, 1, 2, 13, 14], {}, [3, 2], id="time stamps that jump far ahead"),
        pytest.param([0, 1, 2, 12, 13], {}, [5], id="a pause is no jump"),
        pytest.param(ticks(9, 1), {"sizes": (3, 6)}, [3, 3, 3], id="another size"),
        pytest.param(ticks(20, "1/25") + ticks(30, "1/5", 1), {}, [29, 21], id="a fifth of the rate for good"),
        pytest.param(ticks(20, "1/5") + ticks(30, "1/25", 4), {}, [30, 20], id="five times the rate for good"),
        pytest.param(ticks(20, "1/25") + ticks(8, "1/5", 1) + ticks(20, "1/25", 3), {}, [48], id="slow for a moment"),
    ],
)
def test_sessions(times, options, lengths):
    sessions = still(*times, **options)
    assert [len(session) for session in sessions] == lengths
    assert all(session[0][0] == 0 for session in sessions)
    assert all(a[0] < b[0] for session in sessions for a, b in itertools.pairwise(session))
    assert all(a[1] < b[1] for a, b in itertools.pairwise(itertools.chain(*sessions)))


def test_a_jump_is_played_as_one_frame():
    assert [played for _, played in still(0, 1, 2, 5000, 5001)[1]] == [3, 4]


def test_a_session_that_begins_with_a_damaged_picture_begins_with_the_next():
    pictures = [
        Picture(i, Fraction(i, 25) + 100 * (i > 2), np.zeros((4, 4, 3), np.uint8), False, corrupt=i in (0, 3))
        for i in range(6)
    ]
    request = Request("x", live=False, real_time=False, start_utc=0.0, skip=0, patience_s=1.0)
    got = [(m.kind, m.fresh) for m in messages(iter(pictures), request)]
    frame, damaged = MessageKind.FRAME, (MessageKind.DAMAGED, False)
    assert got == [damaged, (frame, True), (frame, False), damaged, (frame, True), (frame, False)]


def request_of(source="x", **changes):
    usual = {"live": False, "real_time": False, "start_utc": 1000.0, "skip": 0, "patience_s": 5.0}
    return Request(str(source), **usual | changes)


def steady(count, rate=25):
    return [Picture(i, Fraction(i, rate), np.full((4, 4, 3), i, np.uint8), False) for i in range(count)]


def test_a_frame_has_its_time_in_the_session_and_on_the_wall():
    told = list(messages(iter(steady(3)), request_of()))
    assert [message.time_s for message in told] == pytest.approx([0.0, 0.04, 0.08])
    assert [message.utc for message in told] == pytest.approx([1000.0, 1000.04, 1000.08])
    assert [message.fresh for message in told] == [True, False, False]


def test_what_was_handed_over_before_is_left_out_and_the_next_begins_a_session_in_its_time():
    told = list(messages(iter(steady(5)), request_of(skip=3)))
    assert [int(message.body[0, 0, 0]) for message in told] == [3, 4]
    assert [message.fresh for message in told] == [True, False]
    assert told[0].utc == pytest.approx(1000.12)


def test_while_much_is_left_out_there_are_signs_of_life(monkeypatch):
    clock = itertools.count()
    monkeypatch.setattr(decoder_process, "monotonic", lambda: float(next(clock)))
    kinds = [message.kind for message in messages(iter(steady(9)), request_of(skip=8))]
    assert kinds.count(MessageKind.ALIVE) >= 2
    assert kinds[-1] is MessageKind.FRAME


def test_in_real_time_a_frame_comes_when_it_is_due_with_signs_of_life_before(monkeypatch):
    now = [50.0]

    def sleep(seconds):
        now[0] += seconds

    monkeypatch.setattr(decoder_process, "monotonic", lambda: now[0])
    monkeypatch.setattr(decoder_process, "sleep", sleep)
    slow = messages(iter(steady(2, rate=Fraction(2, 5))), request_of(real_time=True))
    told = [(message.kind, now[0]) for message in slow]
    frame, alive = MessageKind.FRAME, MessageKind.ALIVE
    assert told == [(frame, 50.0), (alive, 51.0), (alive, 52.0), (frame, 52.5)]


def test_of_a_camera_the_wall_clock_tells_the_time(monkeypatch):
    monkeypatch.setattr(decoder_process, "time", lambda: 7777.0)
    assert {message.utc for message in messages(iter(steady(3)), request_of(live=True))} == {7777.0}


def test_a_source_is_served_to_its_end(tmp_path):
    with write_video(tmp_path / "a.mp4", 64, 48, Fraction(25)) as sink:
        for n in range(5):
            sink.add(np.full((48, 64, 3), 40 * n, np.uint8), n / 25)
    pipe = io.BytesIO()
    assert serve(request_of(tmp_path / "a.mp4"), pipe) == (MessageKind.ENDED, "")
    assert len(pipe.getvalue()) > 5 * 48 * 64 * 3


def test_what_cannot_be_read_is_said_in_the_readers_words(tmp_path):
    kind, words = serve(request_of(tmp_path / "none.mp4"), io.BytesIO())
    assert kind is MessageKind.FAILED
    assert "no such file" in words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(VideoError("cannot read gate as video"), "cannot read gate as video", id="our own words"),
        pytest.param(RuntimeError("canarypass"), "the decoder failed: RuntimeError", id="of others only the kind"),
    ],
)
def test_no_word_of_others_is_passed_on(monkeypatch, error, said):
    def fail(*_):
        raise error

    monkeypatch.setattr(decoder_process, "open_source", fail)
    assert serve(request_of(), io.BytesIO()) == (MessageKind.FAILED, said)


def test_a_source_without_a_single_sound_frame_has_failed(monkeypatch):
    class Nothing:
        def pictures(self):
            return iter(())

        def verdict(self, decoded):
            return type("Verdict", (), {"wrong": []})

        def close(self): ...

    monkeypatch.setattr(decoder_process, "open_source", lambda *_: Nothing())
    assert serve(request_of(), io.BytesIO()) == (MessageKind.FAILED, "not one frame can be decoded")


def test_who_does_not_listen_any_more_ends_it():
    class Closed(io.BytesIO):
        def write(self, _):
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        serve(request_of(), Closed())
