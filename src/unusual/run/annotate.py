"""A video for the eye: the camera beside the heat of its errors, the score curve underneath with a moving cursor."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.domain import Event, Frame, Mark, ScoreCurve
from unusual.errors import VideoError
from unusual.scores.wording import clock, time_marks, worth_drawing
from unusual.video.pictures import CYAN, RGB, heat_over, resize
from unusual.video.writer import write_video

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


def write_annotated_video(
    path: Path,
    frames: Iterable[Frame],
    heat: Callable[[int], NDArray[np.float32] | None],
    marks: Callable[[int], Sequence[Mark]],
    curve: ScoreCurve,
    events: Sequence[Event],
    *,
    enter: float,
    rate: Fraction,
) -> None:
    """Write a video that plays in a browser; one frame of it for each of `frames`, at the same times.

    Memory does not grow with the length: `frames` are taken one by one, and only the curve is held whole.

    Args:
        path: the MP4 file to make.
        frames: in order of time; a frame whose size differs from the first one's is brought to it.
        heat: frame index -> (h, w) map on the live scale, higher = worse, glowing fully at twice `enter`;
            None where the frame has none.
        marks: frame index -> what is to be framed in it, with a word that says why.
        curve: the live score of the whole video.
        events: what to mark, in seconds.
        enter: the score that makes an event, > 0.
        rate: frames per second.

    Raises:
        VideoError: there is not one frame.
        OutputError: the file cannot be written. Whatever is raised, no part of a file is left behind.
    """
    rest = iter(frames)
    first = next(rest, None)
    if first is None:
        raise VideoError(f"no frame to show: {path.name} is not written")
    layout = _Layout.of(first.rgb.shape[1], first.rgb.shape[0])
    scale = _Scale.of(curve, enter, layout)
    still = _still_part(layout, scale, curve, events, enter)
    with write_video(path, layout.width, layout.height, rate) as sink:
        for frame in chain([first], rest):
            picture = still.copy()
            _draw_panels(picture, layout, frame, heat(frame.index), enter)
            for mark in marks(frame.index):
                _draw_mark(picture, layout, mark)
            if any(event.start_s <= frame.time_s <= event.end_s for event in events):
                _draw_alarm(picture, layout)
            _draw_now(picture, scale, frame.time_s, curve)
            sink.add(picture, frame.time_s)


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


def _draw_panels(picture: RGB, layout: _Layout, frame: Frame, heat: NDArray[np.float32] | None, enter: float) -> None:
    real = resize(frame.rgb, layout.panel_width, layout.panel_height)
    glow = heat_over(real, np.zeros((1, 1), np.float32) if heat is None else heat / (2 * enter))
    for x, panel in ((layout.left_x, real), (layout.right_x, glow)):
        picture[HEAD : HEAD + layout.panel_height, x : x + layout.panel_width] = panel


def _draw_mark(picture: RGB, layout: _Layout, mark: Mark) -> None:
    """Frame an object in the camera's picture, its word above it, or below where there is no room above."""
    x0, x1 = (layout.left_x + round(side * layout.panel_width) for side in (mark.box.left, mark.box.right))
    y0, y1 = (HEAD + round(side * layout.panel_height) for side in (mark.box.top, mark.box.bottom))
    y = y0 - 5 if y0 - HEAD > 16 else y1 + 14
    for colour, thick in ((GROUND, 3), (CYAN, 1)):  # a dark rim, so that any ground will do
        cv2.rectangle(picture, (x0, y0), (x1 - 1, y1 - 1), colour, thick, cv2.LINE_AA)
        cv2.putText(picture, mark.word, (x0, y), cv2.FONT_HERSHEY_DUPLEX, 0.42, colour, thick, cv2.LINE_AA)


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
