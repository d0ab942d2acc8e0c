"""Into a film at one of its key frames, so that what comes is exact to the frame."""

from collections.abc import Iterator
from fractions import Fraction

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from unusual.errors import VideoError
from unusual.video.decoding import DAMAGE, cannot_read, reason

SEARCH_S = 5  # before a frame of a container without an index, from where it is looked for


def enter(container: InputContainer, stream: VideoStream, stamp: Fraction, name: str) -> None:
    """Go to the key frame with this stamp, in seconds by the container's clock, or before it. Raises VideoError."""
    unit, searched = stream.time_base or Fraction(1), "mpeg" in container.format.name  # it has no index
    try:
        container.seek(int((stamp - searched * SEARCH_S) / unit), stream=stream)
    except DAMAGE as error:
        raise cannot_read(name, f"it cannot be entered at {float(stamp):.2f} s", reason(error)) from None


def from_stamp(frames: Iterator[av.VideoFrame], stamp: Fraction, name: str) -> Iterator[av.VideoFrame]:
    """The frames from the key frame with this stamp on. Raises VideoError where it is not there."""
    begun = False
    for frame in frames:
        at = stamp if frame.pts is None or frame.time_base is None else frame.pts * frame.time_base
        if not begun and at > stamp:
            raise VideoError(f"{name} cannot be entered at {float(stamp):.2f} s")
        begun |= at == stamp
        if begun and at >= stamp:  # what an open group of pictures shows before it lacks its ground
            yield frame
