"""What a person is shown of an event: its frame, what the method made of it, and where the two differ."""

from collections.abc import Sequence

import numpy as np

from unusual.domain import Event, EventPictures, Frame, FrameErrors
from unusual.methods.scorer import Scorer
from unusual.video.pictures import heat_map_rgb, resize, resize_to_fit

LARGEST = (1280, 720)  # pixels of an event's pictures


def picture_event(scorer: Scorer, event: Event, unit: FrameErrors, seen: Sequence[Frame]) -> EventPictures:
    """What a person is shown of an event. unit: of its peak; seen: the frames of `Scorer.shown`."""
    told = scorer.explain(unit, np.stack([scorer.picture(frame.rgb) for frame in seen]), seen[0].index)
    real = resize_to_fit(seen[told.offset].rgb, *LARGEST)
    height, width = real.shape[:2]
    restored = np.ascontiguousarray(np.broadcast_to(told.restored, (*told.restored.shape[:2], 3)))
    glow = heat_map_rgb(told.error / max(float(told.error.max()), 1e-6), width, height)
    restored = resize(restored, width, height)
    return EventPictures(event, seen[told.offset].time_s, real, restored, glow, told.cube, told.usual)
