"""The pictures of a video -> the moments of its judged frames: objects found, followed, and what moves inside them.

pictures ─► every step-th frame ─► objects (while anything stirs) ─► tracks, carried by the flow between ─┬─► moments
                              └─► the ground: what was left behind, what is gone ───────────────────────┘
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path

import cv2
import numpy as np

from unusual.methods.habits.ground import Ground
from unusual.methods.habits.moments import Moments, Watching
from unusual.methods.habits.settings import HabitsConfig
from unusual.methods.habits.stirring import Stirring
from unusual.methods.objects.detector import RGB
from unusual.methods.objects.keeping import RULES, KeptObjects
from unusual.methods.objects.kinds import PERSON
from unusual.methods.objects.objects import ObjectFinder
from unusual.methods.objects.tracks import Tracked, Tracker
from unusual.video.flow import FlowEstimator

PARTED = 36.0  # px of the flow: what is smaller moves as one; chosen on planted anomalies
SELDOM = 8  # times as seldom the detector looks where there is hardly room for another frame


@dataclass(frozen=True, slots=True)
class Seen:
    """A judged frame.

    index: its number. picture: the frame. tracked: who is there. moments: of them, in that order, and then of what lies
    on the ground. watching: what has been followed up to then.
    """

    index: int
    picture: RGB
    tracked: Tracked
    moments: Moments
    watching: Watching


class Follower:
    """Follows the objects of videos by settings that are complete.

    behind: as of `Scorer`. ground: of the place, as of `Foreground`, None where it is not known; left: as the last
    video left it.

    Raises:
        ConfigError: the detector or the flow network is not at hand, or not the one that was learnt with.
    """

    def __init__(self, config: HabitsConfig) -> None:
        self.config, self.shape, self.behind = config, (config.moments.height, config.moments.width), 0.0
        self.ground: RGB | None = None
        self.left = np.empty((0, 0, 3), np.uint8)
        self.finder, self.flow = ObjectFinder(config.objects), FlowEstimator(config.flow)
        flow = asdict(config.flow) | {"network": "", "sha256": self.flow.digest}
        moments = {key: value for key, value in asdict(config.moments).items() if key != "memory_s"}  # of scores alone
        self.rules = (RULES, self.finder.rules, asdict(config.tracks), moments, flow)

    def picture(self, rgb: RGB) -> RGB:
        """A frame (H, W, 3) uint8 at the size that was learnt: boxes and flow are in its pixels."""
        height, width = self.shape
        if rgb.shape[:2] == self.shape or not height or not width:
            return rgb
        way = cv2.INTER_AREA if rgb.shape[0] > height else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(rgb, (width, height), interpolation=way), np.uint8)

    def follow(self, pictures: Iterable[RGB], kept: Path | None) -> Iterator[Seen]:
        """What is seen in a video's judged frames, in order. Objects are kept in `kept`, and known from there.

        Args:
            pictures: (H, W, 3) uint8, of `picture`. One is awaited beyond each judged frame: what moves in it is told
                by both its neighbours.
        """
        moments = self.config.moments
        objects = KeptObjects(self.finder, kept, moments.second, self.ground)
        tracker = Tracker(self.config.tracks, moments.second / moments.step)
        height = self.shape[0] or 1
        least = PARTED * height / self.flow.computed_at(height)
        watching, last, stirring = Watching(moments.step, least), None, Stirring(moments.second)
        ground = Ground(moments.step, moments.second, self.config.objects.smallest_side)
        every, looked, whole = moments.step * moments.look, -inf, False
        try:
            for index, (before, picture, after) in enumerate(_threes(pictures)):
                if index % moments.step:
                    continue
                looks = index % every == 0 and index - looked >= every * rests(self.behind)
                looks = looks and stirring.due(index, picture, len(tracker.tracks) > 0)
                looked = index if looks else looked
                found = objects.find(index, before, picture, after) if looks else None
                somebody = bool(len(tracker.tracks) or found)  # where nobody is, nothing has to be known of motion
                flow = self.flow.between(last, picture) if last is not None and somebody else None
                tracked = tracker.step(found, flow, picture.shape[:2])
                of_tracks = watching.step(index, tracked, flow, picture.shape[:2])
                somebody_here = (tracked.kind == PERSON) | watching.came(tracked)
                of_ground = ground.step(index, picture, tracked.xyxy[somebody_here])
                seen = np.concatenate([of_tracks, of_ground]) if len(of_ground) else of_tracks
                yield Seen(index, picture, tracked, seen, watching)
                last = picture
            whole = True
        finally:
            self.left = objects.ground
            objects.keep(whole=whole)


def rests(behind: float) -> int:
    """How many times as seldom the detector looks while this share of the frames that may wait does.

    >>> [rests(share) for share in (0.0, 0.1, 0.25, 0.5, 1.0)]
    [1, 1, 2, 4, 8]
    """
    return max(1, round(SELDOM * behind))


def _threes(pictures: Iterable[RGB]) -> Iterator[tuple[RGB, RGB, RGB]]:
    """Each picture between its neighbours; the first and the last are their own."""
    before: RGB | None = None
    picture: RGB | None = None
    for after in pictures:
        if picture is not None:
            yield picture if before is None else before, picture, after
        before, picture = picture, after
    if picture is not None:
        yield picture if before is None else before, picture, picture
