"""A video for the eye: the camera beside the heat of its errors, the score curve underneath with a moving cursor.

The curve and the events are known when all is scored. So the pictures are drawn while that goes on and kept in a file,
small as they are shown, and the curve is drawn under them in the end: the source is decoded once, and nothing fills the
memory.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Event, Frame, Mark, ScoreCurve, VideoResult
from unusual.errors import VideoError
from unusual.files import scratch_folder, sweep_folders
from unusual.run.stream import Listener
from unusual.scores.judgement import Judgement, mean_heat
from unusual.scores.wording import clock, time_marks, worth_drawing
from unusual.video.pictures import CYAN, RGB, heat_over, resize
from unusual.video.reader import open_video
from unusual.video.writer import VideoSink, write_video

Colour = tuple[int, int, int]

GROUND: Colour = (18, 21, 26)
TEXT: Colour = (226, 229, 233)
QUIET: Colour = (150, 157, 166)
LINE: Colour = (138, 180, 255)
ALARM: Colour = (255, 84, 72)
SHADE: Colour = (74, 36, 36)  # ALARM at a quarter over GROUND

HEAD, STRIP = 40, 128  # heights of the line of text above the pictures and of the curve below them, px
LEFT, RIGHT, TOP, BOTTOM = 64, 20, 14, 26  # room around the curve inside the strip, px
GAP, BORDER = 8, 4  # between the two pictures; of the frame around them, px
NARROWEST = 640  # px; less leaves no room for the words
USUAL_RATE = Fraction(25)  # of a video whose source names no rate; its time stamps are right all the same
KEPT_CRF = 8  # of the pictures that wait for their curve: no loss that is seen


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where things stand, in pixels. panel: the size of each of the two pictures; width, height: of the whole."""

    panel_width: int
    panel_height: int
    width: int
    height: int
    left_x: int
    right_x: int

    @classmethod
    def of(cls, width: int, height: int) -> "_Layout":
        """Small pictures grow to 480 pixels, large ones shrink to 960 x 720, so that the words beside them fit."""
        scale = min(max(1.0, 480 / width), 960 / width, 720 / height)
        panel_width, panel_height = (max(2, 2 * round(side * scale / 2)) for side in (width, height))
        both = 2 * panel_width + GAP
        whole = max(NARROWEST, both + 2 * BORDER)
        left = (whole - both) // 2
        strip_y = HEAD + panel_height + BORDER
        return cls(panel_width, panel_height, whole, strip_y + STRIP, left, left + panel_width + GAP)

    @property
    def both(self) -> int:
        """Width of the two pictures and the gap between them."""
        return 2 * self.panel_width + GAP


@dataclass(frozen=True, slots=True)
class _Scale:
    """From seconds and scores to pixels of the whole picture."""

    end_s: float
    low: float
    high: float
    x0: int
    x1: int
    y0: int
    y1: int

    @classmethod
    def of(cls, curve: ScoreCurve, enter: float, layout: _Layout) -> "_Scale":
        finite = curve.scores[np.isfinite(curve.scores)]
        low, high = float(finite.min(initial=0.0)), float(finite.max(initial=enter))
        end_s = float(curve.times_s[-1]) if len(curve.times_s) else 0.0
        y1 = layout.height - BOTTOM
        y0 = layout.height - STRIP + TOP
        return cls(max(end_s, 1e-3), low, high + 0.05 * (high - low or 1), LEFT, layout.width - RIGHT, y0, y1)

    def x(self, time_s: float) -> int:
        return round(self.x0 + min(max(time_s / self.end_s, 0.0), 1.0) * (self.x1 - self.x0))

    def y(self, score: float) -> int:
        return round(self.y1 - (score - self.low) / (self.high - self.low) * (self.y1 - self.y0))


class Annotator(Listener):
    """Draws the frames of a video while it is scored; when all is known, `write` makes the annotated video of them.

    A context manager: leaving it removes what it kept. Memory does not grow with the length of the video.

    Args:
        folder: where the pictures are kept until then; made when absent.
        enter: the live score that makes an event, > 0; a place with twice that glows fully.
        leave: the score from which an object is framed, with a word that says why.

    Raises:
        OutputError: of all methods: a file cannot be written. Whatever is raised, no part of a file is left behind.
    """

    def __init__(self, folder: Path, *, enter: float, leave: float) -> None:
        self._place = folder / "annotated"
        self._pictures = folder  # a film of them, in a folder of its own once it is begun
        self._enter, self._leave = enter, leave
        self._layout: _Layout | None = None
        self._sink: VideoSink | None = None
        self._kept, self._open = ExitStack(), ExitStack()  # its folder; the film, as long as it is written

    def __enter__(self) -> Self:
        sweep_folders(self._place)
        return self

    def __exit__(self, *raised: object) -> None:
        try:
            self._open.__exit__(*raised)  # type: ignore[arg-type]
        finally:
            self._kept.close()

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        """Draw a frame; one whose size differs from the first one's is brought to it."""
        height, width = frame.rgb.shape[:2]
        if self._sink is None or self._layout is None:
            self._layout = layout = _Layout.of(width, height)
            size = layout.both, layout.panel_height
            self._pictures = self._kept.enter_context(scratch_folder(self._place)) / "pictures.mp4"
            self._sink = self._open.enter_context(write_video(self._pictures, *size, USUAL_RATE, crf=KEPT_CRF))
        picture = _panels(self._layout, frame.rgb, mean_heat(judgements, width, height), self._enter)
        for judgement in judgements:
            for mark in judgement.marks(self._leave):
                _draw_mark(picture, self._layout, mark)
        self._sink.add(picture, frame.time_s)

    def write(self, path: Path, result: VideoResult) -> None:
        """Write a video that plays in a browser; one frame of it for each that was scored, at the same times.

        Raises:
            VideoError: there is not one frame.
        """
        layout, curve = self._layout, result.live
        if layout is None:
            raise VideoError(f"no frame to show: {path.name} is not written")
        self._open.close()
        scale = _Scale.of(curve, self._enter, layout)
        still = _still_part(layout, scale, curve, result.events, self._enter)
        size, rate = (layout.width, layout.height), result.info.rate or USUAL_RATE
        with open_video(self._pictures) as kept, write_video(path, *size, rate) as sink:
            for panels, time_s in zip(kept, curve.times_s.tolist(), strict=True):
                picture = still.copy()
                picture[HEAD : HEAD + layout.panel_height, layout.left_x :][:, : layout.both] = panels.rgb
                if any(event.start_s <= time_s <= event.end_s for event in result.events):
                    _draw_alarm(picture, layout)
                _draw_now(picture, scale, time_s, curve)
                sink.add(picture, time_s)


def _still_part(layout: _Layout, scale: _Scale, curve: ScoreCurve, events: Sequence[Event], enter: float) -> RGB:
    """All that stays the same from frame to frame: words, threshold, shaded events, the curve."""
    picture = np.full((layout.height, layout.width, 3), GROUND, np.uint8)
    _write(picture, "what differs from the usual", layout.right_x, 26, QUIET)
    for event in events:
        corner, opposite = (scale.x(event.start_s), scale.y0), (scale.x(event.end_s), scale.y1)
        cv2.rectangle(picture, corner, opposite, SHADE, cv2.FILLED)
    for time_s, label in time_marks(scale.end_s, max(2, layout.width // 110)):
        x = scale.x(time_s)
        cv2.line(picture, (x, scale.y1), (x, scale.y1 + 4), QUIET)
        _write(picture, label, x - 12, scale.y1 + 19, QUIET, 0.42)
    cv2.line(picture, (scale.x0, scale.y1), (scale.x1, scale.y1), QUIET)
    _draw_threshold(picture, scale, enter)
    _draw_curve(picture, scale, curve)
    _write(picture, "score", 8, scale.y0 + 8, LINE, 0.42)
    return picture


def _draw_threshold(picture: RGB, scale: _Scale, enter: float) -> None:
    y = scale.y(enter)
    for x in range(scale.x0, scale.x1, 12):
        cv2.line(picture, (x, y), (min(x + 6, scale.x1), y), ALARM)
    if y - scale.y0 > 18:  # else the word stands on "score", and the red dashes speak for themselves
        _write(picture, "alarm", 8, y + 4, ALARM, 0.42)


def _draw_curve(picture: RGB, scale: _Scale, curve: ScoreCurve) -> None:
    kept = worth_drawing(curve.scores, scale.x1 - scale.x0)
    before: tuple[int, int] | None = None
    for time_s, score in zip(curve.times_s[kept].tolist(), curve.scores[kept].tolist(), strict=True):
        here = (scale.x(time_s), scale.y(score)) if np.isfinite(score) else None
        if here:
            cv2.line(picture, before or here, here, LINE, 1, cv2.LINE_AA)
        before = here


def _panels(layout: _Layout, rgb: RGB, heat: NDArray[np.float32] | None, enter: float) -> RGB:
    """The camera's picture beside what differs from the usual."""
    real = resize(rgb, layout.panel_width, layout.panel_height)
    glow = heat_over(real, np.zeros((1, 1), np.float32) if heat is None else heat / (2 * enter))
    return np.hstack([real, np.full((layout.panel_height, GAP, 3), GROUND, np.uint8), glow])


def _draw_mark(panels: RGB, layout: _Layout, mark: Mark) -> None:
    """Frame an object in the camera's picture, its word above it, else below, else inside, where there is room."""
    x0, x1 = (round(side * layout.panel_width) for side in (mark.box.left, mark.box.right))
    y0, y1 = (round(side * layout.panel_height) for side in (mark.box.top, mark.box.bottom))
    y = y0 - 5 if y0 > 16 else y1 + 14 if y1 + 18 < layout.panel_height else y0 + 14
    for colour, thick in ((GROUND, 3), (CYAN, 1)):  # a dark rim, so that any ground will do
        cv2.rectangle(panels, (x0, y0), (x1 - 1, y1 - 1), colour, thick, cv2.LINE_AA)
        cv2.putText(panels, mark.word, (x0, y), cv2.FONT_HERSHEY_DUPLEX, 0.42, colour, thick, cv2.LINE_AA)


def _draw_alarm(picture: RGB, layout: _Layout) -> None:
    half = BORDER // 2
    for x in (layout.left_x, layout.right_x):
        opposite = (x + layout.panel_width + half - 1, HEAD + layout.panel_height + half - 1)
        cv2.rectangle(picture, (x - half, HEAD - half), opposite, ALARM, BORDER)
    cv2.rectangle(picture, (layout.left_x + 92, 8), (layout.left_x + 190, 32), ALARM, cv2.FILLED)
    _write(picture, "UNUSUAL", layout.left_x + 102, 26, GROUND)


def _draw_now(picture: RGB, scale: _Scale, time_s: float, curve: ScoreCurve) -> None:
    _write(picture, clock(time_s, tenths=True), 8, 26, TEXT, 0.7)
    x = scale.x(time_s)
    cv2.line(picture, (x, scale.y0), (x, scale.y1), TEXT)
    at = int(np.searchsorted(curve.times_s, time_s + 1e-6)) - 1
    if at >= 0 and np.isfinite(curve.scores[at]):
        cv2.circle(picture, (x, scale.y(curve.scores[at])), 4, TEXT, cv2.FILLED, cv2.LINE_AA)


def _write(picture: RGB, text: str, x: int, y: int, colour: Colour, size: float = 0.55) -> None:
    cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, size, colour, 1, cv2.LINE_AA)
