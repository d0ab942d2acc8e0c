"""Figure 4 of the USTN-DSC paper: what reconstruction, prediction and restoration make of the same unusual frame.

    python benchmarks/figure4.py ../shared/data/ped2 --clip 04 \\
        --reconstruction runs/conv-ae --prediction runs/future-frame --restoration runs/ustn-dsc

The frame is the labelled one that the restoration finds most unusual. From top to bottom: the frame and what each
method made of it, the same around the largest error of the restoration, the errors on one scale, and the live scores of
the clip, of which 0 is typical and 1 rare on ordinary footage; what is labelled is shaded.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from record import Judgements

from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.domain import FrameErrors, VideoResult
from unusual.errors import DataError
from unusual.files import whole_file
from unusual.measure.evaluate import score_clip
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.run.score import Thresholds
from unusual.scores.events import runs
from unusual.video.pictures import resize
from unusual.video.reader import open_video

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROADS = ("reconstruction", "prediction", "restoration")
COLOURS = ("tab:green", "tab:orange", "tab:blue")
NEAR = 0.45  # of the picture's sides: what is shown from near
REGION = 16  # pixels over which the largest error is looked for


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What one method made of the frame, at the frame's own size: (H, W, 3) uint8, and the error (H, W) in [0, 1]."""

    rgb: NDArray[np.uint8]
    error: NDArray[np.float32]


def main() -> None:
    """Score the clip by all three, find the frame, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a data set with labels")
    parser.add_argument("--clip", required=True, help="name of a test clip")
    for road in ROADS:
        parser.add_argument(f"--{road}", type=Path, required=True, help="a checkpoint")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs/pictures/figure4.png")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    clip = clip_of(args.data, args.clip)
    checkpoints = [load_checkpoint(getattr(args, road)) for road in ROADS]
    judged = [Judgements() for _ in checkpoints]
    pairs = list(zip(checkpoints, judged, strict=True))
    scored = [score_clip(clip, each, Thresholds(), listeners=[of_it]).result for each, of_it in pairs]
    with open_video(clip.source) as video:
        frames = [frame.rgb for frame in video]
    at = shown_frame(checkpoints[-1], judged[-1], scored[-1], frames)
    rebuilt = [rebuilt_at(at, *pair, frames) for pair in pairs]
    figure = drawn(frames[at], at, [each.provenance.method for each in checkpoints], rebuilt, scored)
    with whole_file(args.out) as part:
        figure.savefig(part, dpi=150)
    print(f"{args.out}: frame {at} of {clip.name}")


def clip_of(data: Path, name: str) -> DatasetVideo:
    """A test clip by its name. Raises DataError."""
    clips = {clip.name: clip for clip in open_dataset(data).test}
    if name not in clips:
        raise DataError(f"{data} has no test clip {name!r}: choose from {', '.join(clips)}")
    return clips[name]


def shown_frame(
    checkpoint: Checkpoint, judged: Judgements, result: VideoResult, frames: Sequence[NDArray[np.uint8]]
) -> int:
    """The frame that the method explains at the labelled frame with the highest live score. Raises DataError."""
    truth, scores = result.truth, result.live.scores
    if truth is None or not truth.abnormal.any():
        raise DataError(f"nothing is labelled in {result.info.name}: choose another clip")
    peak = int(np.nanargmax(np.where(truth.abnormal, scores, np.nan)))
    unit = worst_unit(peak, judged)
    first, last = checkpoint.scorer.shown(unit, len(frames))
    pictures = np.stack([checkpoint.scorer.picture(rgb) for rgb in frames[first : last + 1]])
    return first + checkpoint.scorer.explain(unit, pictures, first).offset


def worst_unit(at: int, judged: Judgements) -> FrameErrors:
    """The most unusual of the units that cover a frame."""
    covering = [judgement for judgement in judged.all if judgement.first <= at <= judgement.last]
    return max(covering, key=lambda judgement: judgement.score).errors


def rebuilt_at(at: int, checkpoint: Checkpoint, judged: Judgements, frames: Sequence[NDArray[np.uint8]]) -> Rebuilt:
    """What a method makes of a frame, or of the frame that it shows in its place."""
    scorer, unit = checkpoint.scorer, worst_unit(at, judged)
    first, last = scorer.shown(unit, len(frames))
    told = scorer.explain(unit, np.stack([scorer.picture(rgb) for rgb in frames[first : last + 1]]), first)
    height, width = frames[at].shape[:2]
    rgb = np.ascontiguousarray(np.broadcast_to(told.restored, (*told.restored.shape[:2], 3)))
    return Rebuilt(resize(rgb, width, height), np.asarray(cv2.resize(told.error, (width, height)), np.float32))


def drawn(
    real: NDArray[np.uint8], at: int, names: Sequence[str], rebuilt: Sequence[Rebuilt], scored: Sequence[VideoResult]
) -> Figure:
    """Three rows of pictures above the curves."""
    height, width = real.shape[:2]
    near, across = place_of(rebuilt[-1].error), 2.6  # inches of a picture
    tall = across * height / width
    figure = Figure(figsize=(4 * across, 3 * tall + 2.6), layout="constrained")
    rows = figure.add_gridspec(4, 4, height_ratios=[tall, tall, tall, 2.2])
    titles = ["real frame", *(f"{road} ({name})" for road, name in zip(ROADS, names, strict=True))]
    brightest = max(float(each.error[near].max()) for each in rebuilt)
    for column, title in enumerate(titles):
        rgb = rebuilt[column - 1].rgb if column else real
        whole = picture(figure.add_subplot(rows[0, column]), rgb)
        whole.set_title(title, fontsize=9, color=COLOURS[column - 1] if column else "black")
        frame_in(whole, near)
        picture(figure.add_subplot(rows[1, column]), rgb[near])
        errors = figure.add_subplot(rows[2, column])
        errors.set_axis_off()
        if column:
            shown = errors.imshow(rebuilt[column - 1].error, cmap="inferno", vmin=0, vmax=brightest)
        else:
            scale = errors.inset_axes((0.1, 0.55, 0.8, 0.07))
    figure.colorbar(shown, cax=scale, orientation="horizontal", label="absolute error, pixels in [0, 1]")
    curves(figure.add_subplot(rows[3, :]), at, scored)
    return figure


def place_of(error: NDArray[np.float32]) -> tuple[slice, slice]:
    """Rows and columns of a part of the picture, in its shape, around the largest error."""
    middle = np.unravel_index(cv2.blur(error, (REGION, REGION)).argmax(), error.shape)
    sides = [round(NEAR * size) for size in error.shape]
    starts = [
        int(np.clip(at - side // 2, 0, size - side)) for at, side, size in zip(middle, sides, error.shape, strict=True)
    ]
    rows, columns = (slice(start, start + side) for start, side in zip(starts, sides, strict=True))
    return rows, columns


def picture(axes: "Axes", rgb: NDArray[np.uint8]) -> "Axes":
    """A picture without a scale."""
    axes.imshow(rgb)
    axes.set_axis_off()
    return axes


def frame_in(axes: "Axes", near: tuple[slice, slice]) -> None:
    """Draw where the row below looks."""
    (top, bottom), (left, right) = ((part.start, part.stop) for part in near)
    axes.plot([left, right, right, left, left], [top, top, bottom, bottom, top], color="cyan", linewidth=1)


def curves(axes: "Axes", at: int, scored: Sequence[VideoResult]) -> None:
    """The live scores of all methods, what is labelled shaded, the frame that is shown marked."""
    times, truth = scored[-1].live.times_s, scored[-1].truth
    for first, last in runs(truth.abnormal) if truth is not None else ():
        axes.axvspan(times[first], times[last], color="tab:red", alpha=0.15, linewidth=0)
    for road, colour, each in zip(ROADS, COLOURS, scored, strict=True):
        axes.plot(each.live.times_s, each.live.scores, color=colour, linewidth=1.2, label=road)
    axes.axhline(1, color="0.5", linestyle=":", linewidth=0.8)
    axes.axvline(times[at], color="0.3", linewidth=0.8)
    axes.set(xlabel="seconds", ylabel="live score", xlim=(times[0], times[-1]))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False, fontsize="small")


if __name__ == "__main__":
    main()
