"""What a person is shown of an event: its frame, what the method made of it, and where the two differ."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from unusual.domain import Event, EventPictures, Frame, FrameErrors
from unusual.methods.scorer import Scorer
from unusual.video.images import RATE
from unusual.video.pictures import heat_map_rgb, resize, resize_to_fit
from unusual.video.reader import open_video
from unusual.video.source import Named

LARGEST = (1280, 720)  # pixels of an event's pictures


def event_pictures(
    source: Named,
    scorer: Scorer,
    events: Sequence[Event],
    peaks: Sequence[FrameErrors],
    frames: int,
    rate: Fraction = RATE,
) -> Iterator[EventPictures]:
    """Read the video again and rebuild what was worst at the events' peaks. Holds as many frames as that takes.

    Args:
        source: the video.
        events: in any order.
        peaks: the peak unit of each of them.
        frames: of the video.
        rate: of images, as the events were found by.

    Raises:
        VideoError: the video cannot be read any more.
    """
    wanted = defaultdict(list)  # by the last frame that it takes to show them
    for event, unit in zip(events, peaks, strict=True):
        first, last = scorer.shown(unit, frames)
        wanted[last].append((event, unit, first))
    if not wanted:
        return
    longest = max(last - first for last, of_last in wanted.items() for _, _, first in of_last) + 1
    held: deque[Frame] = deque(maxlen=longest)
    with open_video(source, rate=rate) as video:
        for position, frame in enumerate(video):
            held.append(frame)
            for event, unit, first in wanted.get(position, ()):
                yield picture_event(scorer, event, unit, list(held)[first - position - 1 :], first)
            if position == max(wanted):
                return


def picture_event(scorer: Scorer, event: Event, unit: FrameErrors, seen: Sequence[Frame], first: int) -> EventPictures:
    """What a person is shown of an event. unit: of its peak; seen: the frames of `Scorer.shown`, `first` the first."""
    told = scorer.explain(unit, np.stack([scorer.picture(frame.rgb) for frame in seen]), first)
    real = resize_to_fit(seen[told.offset].rgb, *LARGEST)
    height, width = real.shape[:2]
    restored = np.ascontiguousarray(np.broadcast_to(told.restored, (*told.restored.shape[:2], 3)))
    glow = heat_map_rgb(told.error / max(float(told.error.max()), 1e-6), width, height)
    return EventPictures(event, seen[told.offset].time_s, real, resize(restored, width, height), glow, told.cube)
