"""An event's clip with a box around what is unusual."""

from fractions import Fraction
from pathlib import Path

from unusual.errors import DataError, VideoError
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.live import read_curve
from unusual.store.media import CLIP, CRF
from unusual.video.pictures import draw_box
from unusual.video.reader import open_video
from unusual.video.writer import write_video

BOX_S = 1.0  # before and after the peak: it is known where it was then, and it may be elsewhere soon


def write_boxed_clip(home: Home, event: StoredEvent, path: Path) -> None:
    """Write an event's clip as MP4, with its box for BOX_S before and after the peak; as it is where there is no box.

    Where nothing says when the clip began, the box is drawn all along.

    Raises:
        DataError: there is no clip, or it cannot be read. OutputError: `path` cannot be written.
    """
    file = home.event(event.id) / CLIP
    if CLIP not in event.media or not file.is_file():
        raise DataError(f"there is no clip of event {event.id}: it was removed to save space, or is not written yet")
    curve = read_curve(home.event(event.id))
    peak_s = None if curve is None else event.peak_utc - curve.start_utc
    try:
        with open_video(file) as clip:
            rate = clip.info.rate or Fraction(25)
            with write_video(path, clip.info.width, clip.info.height, rate, crf=CRF) as sink:
                for frame in clip:
                    near = peak_s is None or abs(frame.time_s - peak_s) <= BOX_S
                    sink.add(draw_box(frame.rgb, event.box) if near and event.box else frame.rgb, frame.time_s)
    except VideoError as error:
        raise DataError(f"the clip of event {event.id} cannot be read: {error}") from error
