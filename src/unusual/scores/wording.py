"""Time along a line, for everything that draws a curve: how it is written, where it is marked, which points matter."""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800)


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Write a time as a person reads it off a player.

    >>> clock(65.2), clock(65.26, tenths=True), clock(3725), clock(59.97, tenths=True)
    ('1:05', '1:05.3', '1:02:05', '1:00.0')
    """
    whole, tenth = divmod(round(seconds * 10), 10) if tenths else (int(seconds + 1e-6), 0)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{text}.{tenth}" if tenths else text


def seconds_words(seconds: float) -> str:
    """A duration, roughly.

    >>> [seconds_words(s) for s in (0.42, 12, 95, 7300, 200000)]
    ['0.4 s', '12 s', '1 min 35 s', '2 h 1 min', '2 days']
    """
    if not math.isfinite(seconds):
        return "unknown"
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    if whole < 172800:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} days"


def spoken(seconds: float) -> str:
    """A duration in words.

    >>> spoken(5.24), spoken(42.4), spoken(600), spoken(9000)
    ('5.2 s', '42 s', '10.0 minutes', '2.5 hours')
    """
    if seconds < 100:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def not_calibrated(seconds: float, needed_s: float) -> str:
    """What is said of scores whose scale was fitted on too little footage.

    >>> not_calibrated(9.6, 80)
    'not calibrated: the scale of the scores rests on 9.6 s of held-out footage, 80 s are needed'
    """
    rests = f"the scale of the scores rests on {spoken(seconds)} of held-out footage"
    return f"not calibrated: {rests}, {spoken(needed_s)} are needed"


def unlike(what: str) -> str:
    """Why an object is unusual. what: "moves" or "looks", see `ObjectErrors.raised_by`.

    >>> unlike("moves")
    'moves unlike anything seen here'
    """
    return f"{what} unlike anything seen here"


def time_marks(end_s: float, most: int) -> list[tuple[float, str]]:
    """Round times from 0 to end_s, at most about `most` steps apart, each with its text.

    >>> time_marks(7.2, 5)
    [(0, '0:00'), (2, '0:02'), (4, '0:04'), (6, '0:06')]
    """
    wanted = end_s / most
    step = next((s for s in _STEPS_S if s >= wanted), 86400 * math.ceil(wanted / 86400))
    return [(i * step, clock(i * step, tenths=step < 1)) for i in range(int(end_s / step + 1e-6) + 1)]


def worth_drawing(scores: NDArray[np.float64], columns: int) -> NDArray[np.int64]:
    """Which of N scores a picture `columns` wide needs: the lowest and the highest of each column, in order.

    A day of video has two million frames and a screen a thousand columns; no peak is lost this way. A column without
    any score keeps one NaN, so that a gap stays a gap.
    """
    if len(scores) <= 2 * columns:
        return np.arange(len(scores))
    starts = np.linspace(0, len(scores), columns + 1).astype(int)
    kept: set[int] = {0, len(scores) - 1}
    for start, after in pairwise(starts):
        part = scores[start:after]
        kept.add(int(start + np.argmin(np.where(np.isnan(part), np.inf, part))))
        kept.add(int(start + np.argmax(np.where(np.isnan(part), -np.inf, part))))
    return np.array(sorted(kept))
