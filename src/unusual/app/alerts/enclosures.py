"""What an alert carries where that is asked for: the event's picture with its box, and its clip, once there are any."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np

from unusual.errors import UnusualError
from unusual.store.events import EventStore
from unusual.store.media import CLIP
from unusual.video.pictures import draw_box, jpeg

PICTURE, PICTURE_S, CLIP_S = "real.jpg", 30.0, 180.0  # an alert waits so long for them, and goes without them then
MOST_BYTES = 20 << 20  # of a clip: mail takes hardly more


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that goes with an alert."""

    name: str
    kind: str
    content: bytes


@dataclass(slots=True)
class Enclosures:
    """Finds what goes with alerts. steady: seconds of a clock that nobody sets."""

    store: EventStore
    steady: Callable[[], float] = time.monotonic
    _since: dict[str, float] = field(default_factory=dict)  # by event: when it was first asked for

    def of(self, event_id: str, *, picture: bool, clip: bool) -> list[Enclosure] | None:
        """The files of an event that are asked for; None where they are worth waiting for."""
        wanted = [(self.picture, PICTURE_S)] * picture + [(self._clip, CLIP_S)] * clip
        found = [(find(event_id), longest_s) for find, longest_s in wanted]
        waited_s = self.steady() - self._since.setdefault(event_id, self.steady())
        if any(each is None and waited_s < longest_s for each, longest_s in found):
            return None
        self._since.pop(event_id, None)
        return [each for each, _ in found if each is not None]

    def picture(self, event_id: str) -> Enclosure | None:
        """An event's picture with its box; None where there is none, or not yet."""
        data = self._read(event_id, PICTURE)
        event = self.store.get(event_id)
        picture = None if data is None else cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
        if data is None or event is None or picture is None:
            return None
        if event.box is not None:
            rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)
            data = jpeg(draw_box(rgb, event.box))
        return Enclosure(f"{event.camera}.jpg", "image/jpeg", data)

    def _clip(self, event_id: str) -> Enclosure | None:
        data = self._read(event_id, CLIP)
        return Enclosure("clip.mp4", "video/mp4", data) if data and len(data) <= MOST_BYTES else None

    def _read(self, event_id: str, name: str) -> bytes | None:
        """A file of an event that is whole; None where there is none, or not yet."""
        try:
            event = self.store.get(event_id)
            if event is None or name not in event.media:
                return None
            return (self.store.database.home.event(event_id) / name).read_bytes()
        except (UnusualError, OSError):
            return None
