"""Where a method reports something, beside where something is: one rule for error maps and for objects.

Both kinds of method report regions, boxes with scores on the live scale, and every figure is made of these: RBDC and
TBDC compare them with the boxes around the abnormal pixels, the pixel figures paint them into pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from unusual.data.datasets import DatasetVideo, read_masks, read_objects
from unusual.errors import DataError
from unusual.measure.bootstrap import BootstrapInterval, bootstrap, rbdc_of, tbdc_of
from unusual.measure.metrics import micro_auc
from unusual.measure.pixels import paint, pixel_auc, pixel_level_scores
from unusual.measure.regions import Regions, gather, match_regions, region_curve, regions_of_maps
from unusual.measure.truth_tracks import Tracks, tracks_from_masks, tracks_from_objects
from unusual.scores.calibrate import live_object_scores

if TYPE_CHECKING:
    from unusual.run.score import ScoredVideo  # loads torch, which comparing scores does without


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


def places_of(scored: "ScoredVideo", video: DatasetVideo) -> ClipPlaces | None:
    """Compare the places of a scored clip with its pixel masks; None where it has none. One frame at a time.

    Raises:
        DataError: the masks are missing, malformed, or not one for each frame.
    """
    masks = read_masks(video)
    if masks is None:
        return None
    frames = len(scored.result.live.scores)
    try:
        first = next(masks, None)
        if first is None:
            raise DataError("there is none")
        height, width = first.shape
        reported = regions_of(scored, width, height)
        objects = read_objects(video)
        true = tracks_from_objects(objects) if objects else tracks_from_masks(chain([first], masks))
        found, abnormal = pixel_level_scores(paint(reported, frames, height, width), _masks(video))
    except DataError as error:
        raise DataError(f"clip {video.name}: pixel masks for {frames} frames: {error}") from error
    return ClipPlaces(video, frames, (height, width), reported, true, found, abnormal)


def regions_of(scored: "ScoredVideo", width: int, height: int) -> Regions:
    """What a method reports: objects as they are, error maps cut by `regions_of_maps`, for each frame of the clip.

    Args:
        width, height: of the picture whose pixels boxes are counted in.
    """
    if scored.units[0].objects is None:
        heat = ((frame, scored.heat(frame)) for frame in range(len(scored.result.live.scores)))
        return regions_of_maps((([frame], places) for frame, places in heat if places is not None), width, height)
    judged = [(unit.indices.tolist(), unit.objects) for unit in scored.units if unit.objects is not None]
    each = [
        (frame, objects.boxes * np.array([width, height] * 2), live_object_scores(scored.scale, objects))
        for frames, objects in judged
        for frame in frames
    ]
    return gather([frame for frame, _, _ in each], [boxes for _, boxes, _ in each], [score for _, _, score in each])


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
