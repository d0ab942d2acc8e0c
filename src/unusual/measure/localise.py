"""Where a method reports something, beside where something is: one rule for error maps and for objects.

Both kinds of method report regions, boxes with scores on the live scale, and every figure is made of these: RBDC and
TBDC compare them with the boxes around the abnormal pixels, the pixel figures paint them into pictures.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from unusual.data.datasets import DatasetVideo, read_masks, read_objects
from unusual.domain import Frame
from unusual.errors import DataError
from unusual.measure.bootstrap import BootstrapInterval, bootstrap, rbdc_of, tbdc_of
from unusual.measure.metrics import micro_auc
from unusual.measure.pixels import paint, pixel_auc, pixel_level_scores
from unusual.measure.regions import Regions, match_regions, region_curve, regions_of_maps
from unusual.measure.truth_tracks import Tracks, tracks_from_masks, tracks_from_objects
from unusual.run.stream import Listener
from unusual.scores.judgement import Judgement, mean_heat


@dataclass(frozen=True, slots=True)
class ClipPlaces:
    """What was reported in a clip with pixel masks, and what is there; its maps and masks are gone.

    frames: of the clip. size: height, width of the masks, in whose pixels boxes are counted.
    found, abnormal: (N,) of `pixel_level_scores`.
    """

    video: DatasetVideo
    frames: int
    size: tuple[int, int]
    reported: Regions
    true: Tracks
    found: NDArray[np.float64]
    abnormal: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Localisation:
    """Figures over all clips that have pixel masks; NaN where these show nothing.

    clips, frames, regions, tracks: counted on. rbdc, tbdc: in [0, 1], see scores/regions.py; their intervals by
    bootstrap over these clips, None with one. false_per_frame: where their curve ends; below 1 what is reported ran
    out, and its last rate was held on. pixel_level_auc: with 40 % of the abnormal pixels; pixel_auc: over all pixels;
    see scores/pixels.py.
    """

    clips: int
    frames: int
    regions: int
    tracks: int
    rbdc: float
    rbdc_interval: BootstrapInterval | None
    tbdc: float
    tbdc_interval: BootstrapInterval | None
    false_per_frame: float
    pixel_level_auc: float
    pixel_auc: float


class Reported(Listener):
    """Notes what a method reports while a video is scored: objects as they are, error maps cut by `regions_of_maps`.

    frames: that were scored or left out, so far.
    """

    def __init__(self) -> None:
        self.frames = 0
        self._frame, self._box, self._score = array("q"), array("d"), array("d")  # boxes in shares of the picture

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        """Take the regions of a frame; its map is the mean of its units'."""
        index, self.frames = self.frames, self.frames + 1
        for judgement in judgements:
            if judgement.objects is not None:
                self._add(index, judgement.objects.errors.boxes, judgement.objects.scores)
        if judgements and judgements[0].objects is None:
            places = mean_heat(judgements, frame.rgb.shape[1], frame.rgb.shape[0])
            assert places is not None  # noqa: S101 - there are units
            found = regions_of_maps([([index], places)], 1, 1)
            self._add(index, found.xyxy, found.score)

    def _add(self, index: int, boxes: NDArray[np.floating], scores: NDArray[np.floating]) -> None:
        self._frame.extend([index] * len(scores))
        self._box.extend(boxes.ravel().tolist())
        self._score.extend(scores.tolist())

    def regions(self, width: int, height: int) -> Regions:
        """All of them, in the pixels of a picture of this size."""
        boxes = np.array(self._box).reshape(-1, 4) * np.array([width, height] * 2)
        return Regions(np.array(self._frame, np.int64), boxes, np.array(self._score))


def places_of(reported: Reported, video: DatasetVideo) -> ClipPlaces | None:
    """Compare what was reported in a clip with its pixel masks; None where it has none. One frame at a time.

    Raises:
        DataError: the masks are missing, malformed, or not one for each frame.
    """
    masks = read_masks(video)
    if masks is None:
        return None
    frames = reported.frames
    try:
        first = next(masks, None)
        if first is None:
            raise DataError("there is none")
        height, width = first.shape
        regions = reported.regions(width, height)
        objects = read_objects(video)
        true = tracks_from_objects(objects) if objects else tracks_from_masks(chain([first], masks))
        found, abnormal = pixel_level_scores(paint(regions, frames, height, width), _masks(video))
    except DataError as error:
        raise DataError(f"clip {video.name}: pixel masks for {frames} frames: {error}") from error
    return ClipPlaces(video, frames, (height, width), regions, true, found, abnormal)


def localise(clips: Sequence[ClipPlaces]) -> Localisation | None:
    """The figures of all clips together; None without a clip. Masks are read once more. Raises DataError."""
    if not clips:
        return None
    frames = [clip.frames for clip in clips]
    matches = match_regions([clip.reported for clip in clips], [clip.true for clip in clips], frames)
    curve = region_curve(matches)
    painted = (paint(clip.reported, clip.frames, *clip.size) for clip in clips)
    masks = (_masks(clip.video) for clip in clips)
    return Localisation(
        clips=len(clips),
        frames=sum(frames),
        regions=sum(clip.true.frame.size for clip in clips),
        tracks=sum(np.unique(clip.true.track).size for clip in clips),
        rbdc=curve.rbdc,
        rbdc_interval=bootstrap(rbdc_of(matches), len(clips)) if len(clips) > 1 else None,
        tbdc=curve.tbdc,
        tbdc_interval=bootstrap(tbdc_of(matches), len(clips)) if len(clips) > 1 else None,
        false_per_frame=float(curve.false_rate[-1]),
        pixel_level_auc=micro_auc([clip.found for clip in clips], [clip.abnormal for clip in clips]),
        pixel_auc=pixel_auc(chain.from_iterable(painted), chain.from_iterable(masks)).area,
    )


def _masks(video: DatasetVideo) -> Iterator[NDArray[np.bool_]]:
    yield from read_masks(video) or ()
