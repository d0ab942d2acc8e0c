"""Clips of events: whether they play, and in which light they were seen."""

from collections import Counter
from pathlib import Path

from unusual.errors import VideoError
from unusual.video.condition.light import Light, LightSwitch
from unusual.video.reader import open_video


def light_of(clip: Path) -> Light | None:
    """The light in which most of a clip was seen; None where it does not play."""
    switch, seen = LightSwitch(), Counter[Light | None]()
    try:
        with open_video(clip) as video:
            for frame in video:
                if switch.add(frame.time_s, frame.rgb):
                    seen[switch.light] += 1
    except VideoError:
        pass
    return seen.most_common(1)[0][0] if seen else None
