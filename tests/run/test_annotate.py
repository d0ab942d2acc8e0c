"""The annotated video, read back: as many frames, the cursor in its place, red within events, nothing left behind."""

from fractions import Fraction

import av
import numpy as np
import pytest

from unusual.domain import (
    Event,
    Frame,
    FrameErrors,
    ObjectErrors,
    ReadReport,
    ScoreCurve,
    VideoInfo,
    VideoResult,
    Wholeness,
)
from unusual.errors import VideoError
from unusual.run.annotate import LEFT, RIGHT, STRIP, TOP, Annotator, _Layout
from unusual.scores.calibrate import LiveScale
from unusual.scores.judgement import judge

COUNT, RATE = 20, Fraction(10)
EVENTS = (Event(1.0, 1.4, 1.2, 3.0),)


def frames(count=COUNT, height=48, width=64):
    for i in range(count):
        yield Frame(i, i / 10, np.full((height, width, 3), 90, np.uint8))


def curve(count=COUNT):
    scores = np.full(count, 0.5)
    scores[10:15] = 3.0
    scores[:2] = np.nan
    return ScoreCurve("gate", "live", np.arange(count) / 10, scores)


def judged(index, places=((0.0,),), objects=None):
    """What is said of a frame, on a live scale on which an error is its own score."""
    places = np.array(places, np.float32)
    scale = LiveScale(0 * places, np.ones_like(places), 0.0, 1.0)
    return judge(scale, FrameErrors(np.array([index]), np.array([index / 10]), 0.0, places, objects=objects))


def write(path, source, *, said=lambda index: [], of=None, events=EVENTS):
    """said: frame index -> judgements."""
    of = of or curve()
    with Annotator(path.parent, enter=1.5, leave=1.0) as annotator:
        for frame in source:
            annotator.scored(frame, 0.0, said(frame.index))
        report = ReadReport(Wholeness.COMPLETE, COUNT, COUNT)
        annotator.write(
            path, VideoResult(VideoInfo("gate", 64, 48, RATE, None), report, of, of, of, 1.5, 1.0, events, ())
        )
    assert [file.suffix for file in path.parent.iterdir() if file.name.startswith(".")] == []


def read(path):
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    path = tmp_path_factory.mktemp("video") / "annotated.mp4"
    write(path, frames(), said=lambda index: [judged(index, np.full((3, 4), 3.0))] if index == 5 else [])
    return read(path)


def an_object(left, top, right, bottom):
    """That moves as nothing does."""
    box, one = np.array([[left, top, right, bottom]], np.float32), np.ones(1, np.float32)
    return ObjectErrors(box, 0 * one, 9 * one, np.zeros(1, np.int16))


def test_what_is_marked_is_framed_in_the_cameras_picture(tmp_path):
    found, two = an_object(0.25, 0.25, 0.5, 0.75), curve(2)
    write(tmp_path / "plain.mp4", frames(2), of=two)
    write(tmp_path / "marked.mp4", frames(2), said=lambda n: [judged(n, objects=found)] if n == 1 else [], of=two)
    plain, marked = read(tmp_path / "plain.mp4"), read(tmp_path / "marked.mp4")
    assert np.abs(plain[0] - marked[0]).max() < 40
    changed = np.abs(plain[1] - marked[1]).max(-1) > 60
    half = plain[0].shape[1] // 2
    assert changed[40:-STRIP, :half].any()


def test_the_word_of_an_object_that_fills_the_picture_is_in_it(tmp_path):
    whole, two = an_object(0, 0, 1, 1), curve(2)
    write(tmp_path / "plain.mp4", frames(2), of=two)
    write(tmp_path / "marked.mp4", frames(2), said=lambda n: [judged(n, objects=whole)], of=two)
    changed = np.abs(read(tmp_path / "plain.mp4")[1] - read(tmp_path / "marked.mp4")[1]).max(-1) > 60
    assert changed[46:60, 10:60].any()


def cursor(picture):
    """x of the brightest column of the strip: the cursor is its only line from top to bottom."""
    strip = picture[-STRIP + TOP : -40, LEFT:].min(2)
    return LEFT + int(strip.mean(0).argmax())


def test_one_frame_out_for_each_frame_in(pictures):
    assert len(pictures) == COUNT


def test_small_pictures_are_enlarged_until_words_can_be_read(pictures):
    assert pictures[0].shape[1] >= 960


def test_the_cursor_runs_from_the_left_end_to_the_right_end(pictures):
    width = pictures[0].shape[1]
    assert cursor(pictures[0]) == pytest.approx(LEFT, abs=2)
    assert cursor(pictures[-1]) == pytest.approx(width - RIGHT, abs=2)
    places = [cursor(picture) for picture in pictures]
    assert np.all(np.diff(places) > 20)


def test_the_border_is_red_within_the_event_only(pictures):
    def red(picture):
        return picture[100, :3, 0].mean() - picture[100, :3, 2].mean() > 60

    assert [i for i, picture in enumerate(pictures) if red(picture)] == [10, 11, 12, 13, 14]


def test_heat_glows_on_the_right_hand_picture_only(pictures):
    hot, cold, width = pictures[5], pictures[4], pictures[0].shape[1]
    assert hot[200, width * 3 // 4, 0] > 200
    assert cold[200, width * 3 // 4, 0] < 60
    assert hot[200, width // 4, 0] == pytest.approx(90, abs=4)


@pytest.mark.parametrize(
    ("width", "height", "panel"),
    [
        pytest.param(360, 240, (480, 320), id="small grows to 480"),
        pytest.param(640, 480, (640, 480), id="middling stays"),
        pytest.param(1920, 1080, (960, 540), id="large shrinks to 960"),
        pytest.param(1080, 1920, (404, 720), id="tall shrinks to 720 high"),
        pytest.param(1001, 33, (960, 32), id="a ribbon is even"),
    ],
)
def test_the_size_of_the_panels(width, height, panel):
    layout = _Layout.of(width, height)
    assert (layout.panel_width, layout.panel_height) == panel
    assert layout.width % 2 == layout.height % 2 == 0
    assert layout.left_x >= 0 and layout.right_x + layout.panel_width <= layout.width


def test_a_frame_of_another_size_is_brought_to_the_first_ones(tmp_path):
    mixed = [*frames(3), Frame(3, 0.3, np.zeros((100, 30, 3), np.uint8))]
    write(tmp_path / "a.mp4", mixed, of=curve(4))
    assert len(read(tmp_path / "a.mp4")) == 4


@pytest.mark.parametrize(
    "of",
    [
        pytest.param(ScoreCurve("v", "live", np.arange(3) / 10, np.full(3, np.nan)), id="nothing scored"),
        pytest.param(ScoreCurve("v", "live", np.arange(3) / 10, np.array([-5.0, 0, 900])), id="far out"),
        pytest.param(ScoreCurve("v", "live", np.zeros(1), np.zeros(1)), id="one frame"),
    ],
)
def test_any_curve_can_be_drawn(tmp_path, of):
    count = len(of.scores)
    write(tmp_path / "a.mp4", frames(count), of=of, events=())
    assert len(read(tmp_path / "a.mp4")) == count


def test_nothing_is_left_behind_when_the_source_fails(tmp_path):
    def broken():
        yield from frames(5)
        raise VideoError("the camera is gone")

    with pytest.raises(VideoError, match="camera is gone"):
        write(tmp_path / "a.mp4", broken())
    assert not list(tmp_path.iterdir())


def test_no_frame_is_an_error(tmp_path):
    with pytest.raises(VideoError, match="no frame"):
        write(tmp_path / "a.mp4", [])
    assert not list(tmp_path.iterdir())
