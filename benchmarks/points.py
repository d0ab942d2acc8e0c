"""Where USTN-DSC loses points on a data set with pixel masks: what unit, which pixels and which choice cost what.

    python benchmarks/points.py ../shared/data/ped2 runs/along/001000 runs/along/004000 --name ped2

Every restored unit of the test clips is kept as three sums of squared errors a frame: where something unusual is (the
masks), where something else moves, and where nothing does. Then AUC is counted anew as if one part were otherwise: the
moving restored to the camera's noise, the still, the unusual painted away; the worst frame chosen among others; PSNR
with a fixed peak; no min-max. It looks at test labels, to explain; nothing is chosen by it.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from ceiling import Clip, Floats, noise_of, read_clip, readings, units_of
from numpy.typing import NDArray
from record import write_record

from unusual.data.datasets import open_dataset
from unusual.measure.metrics import auc, micro_auc
from unusual.methods.pictures.clips import span, working_picture
from unusual.methods.torch_net import open_torch_net
from unusual.methods.ustn_dsc.network import blend, keyframes
from unusual.methods.ustn_dsc.settings import UstnDscConfig
from unusual.run.checkpoint import Checkpoint, load_checkpoint
from unusual.scores.calibrate import per_video_minmax

MOVES = 12  # grey levels by which a pixel differs from the clip's median where something is
BLEND = "keyframes blended, no network"
UNUSUAL, MOVING, STILL = range(3)


class Restored(NamedTuple):
    """A test clip as a network restored it, units side by side.

    errors: (units, T, 3) squared errors summed over the pixels of each part, in grey levels.
    pixels: (units, T, 3) how many they are. painted: (units, T) what the unusual part would be, were the ground painted
    there. peak: (units, T) the largest value of each restored frame.
    """

    errors: Floats
    pixels: Floats
    painted: Floats
    peak: Floats


Restorer = Callable[[NDArray[np.uint8]], NDArray[np.float32]]  # (T, H, W) of a unit -> the same, 0 to 255
Way = Callable[[Restored], Floats]  # (units, T) minus the PSNR of each frame


def main() -> None:
    """Restore, count, write results/NAME_points.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--name", required=True)
    args = parser.parse_args()
    dataset = open_dataset(args.data)
    first = load_checkpoint(args.checkpoints[0])
    clips = [resized(read_clip(video), settings_of(first)) for video in dataset.test]
    rows: dict[str, object] = {BLEND: points_of(blended, settings_of(first), clips)}
    for path in args.checkpoints:
        checkpoint = load_checkpoint(path)
        made, told = checkpoint.provenance, points_of(restorer_of(checkpoint), settings_of(checkpoint), clips)
        rows[path.name] = {"batches": made.steps, "minutes": made.minutes, "held out": made.held_out} | told
    figures = {"data": dataset.name, "seed": first.provenance.seed, "trained at": first.provenance.commit}
    print(write_record(f"{args.name}_points", figures | {"rows": rows}))


def settings_of(checkpoint: Checkpoint) -> UstnDscConfig:
    """Those of a USTN-DSC."""
    assert isinstance(checkpoint.config.settings, UstnDscConfig)  # noqa: S101
    return checkpoint.config.settings


def restorer_of(checkpoint: Checkpoint) -> Restorer:
    """What its network makes of a unit."""
    settings = settings_of(checkpoint)
    net = open_torch_net(checkpoint.config.method, settings, checkpoint.learnt, "cpu", Path("the checkpoint"))

    def restored(real: NDArray[np.uint8]) -> NDArray[np.float32]:
        return np.asarray(net.run(("restored",), real[None, ..., None])[0][0, :, 0], np.float32) * 255

    return restored


def blended(real: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What no network makes of a unit: its keyframes, blended."""
    keys = torch.from_numpy(real[list(keyframes(len(real)))].astype(np.float32))
    return np.asarray(blend(keys[None, :, None], len(real))[0, :, 0].numpy(), np.float32)


def resized(clip: Clip, settings: UstnDscConfig) -> Clip:
    """At the network's working size."""
    height, width = settings.clips.height, settings.clips.width
    frames = [working_picture(frame[..., None].repeat(3, -1), height, width, 1) for frame in clip.frames]
    masks = [cv2.resize(mask.astype(np.uint8), (width, height)) for mask in clip.masks]
    return Clip(clip.name, np.stack(frames)[..., 0], np.stack(masks) > 0, clip.abnormal)


def points_of(restorer: Restorer, settings: UstnDscConfig, clips: Sequence[Clip]) -> dict[str, object]:
    """All that is told of one network."""
    frames, stride = settings.network.frames, settings.clips.stride
    length, keys = span(frames, stride), list(keyframes(frames))
    restored = [restore(restorer, clip, length, stride) for clip in clips]
    noise = float(np.median([noise_of(clip.frames) for clip in clips])) ** 2
    scores = [minmax_of(each, clip, length, psnr_of) for each, clip in zip(restored, clips, strict=True)]
    return {
        "squared error a pixel": parts(restored, keys) | {"the camera's noise": round(noise, 2)},
        "AUC": {name: aucs(restored, clips, length, way) for name, way in ways(keys, noise).items()},
        "clips": {
            clip.name: round(auc(score, clip.abnormal), 4)
            for clip, score in zip(clips, scores, strict=True)
            if not clip.abnormal.all()
        },
        "without the clip": {clip.name: without(clip, clips, scores) for clip in clips},
    }


def without(clip: Clip, clips: Sequence[Clip], scores: Sequence[Floats]) -> float:
    """Micro AUC of all other clips."""
    others = [(score, each.abnormal) for score, each in zip(scores, clips, strict=True) if each is not clip]
    return round(micro_auc([score for score, _ in others], [abnormal for _, abnormal in others]), 4)


def restore(restorer: Restorer, clip: Clip, length: int, stride: int) -> Restored:
    """The units of a clip, restored."""
    ground, rows = np.median(clip.frames[::5], 0).astype(np.float32), []
    for first in range(0, len(clip.frames), length):
        at = slice(min(first, len(clip.frames) - length), None)
        real, masks = clip.frames[at][:length:stride], clip.masks[at][:length:stride]
        out = restorer(real)
        moves = (np.abs(real - ground) > MOVES).any(0) & ~masks  # where a frame of the unit has something
        squared = (out - real.astype(np.float32)) ** 2
        where = (masks, moves, ~(masks | moves))
        errors = np.stack([(squared * part).sum((1, 2)) for part in where], -1)
        painted = ((real - ground) ** 2 * masks).sum((1, 2))
        rows.append((errors, np.stack([p.sum((1, 2)) for p in where], -1), painted, out.max((1, 2))))
    return Restored(*(np.stack(each).astype(np.float64) for each in zip(*rows, strict=True)))


def psnr_of(unit: Restored) -> Floats:
    """As Eq. 6 has it."""
    errors = np.maximum(unit.errors.sum(-1) / unit.pixels.sum(-1), 1e-6)  # given frames may be given back as they are
    return np.asarray(10 * np.log10(errors / unit.peak**2), np.float64)


def ways(keys: Sequence[int], noise: float) -> dict[str, Way]:
    """What could be otherwise, and minus the PSNR of each frame then."""

    def with_errors(change: Callable[[Restored], NDArray[np.float64]]) -> Way:
        return lambda unit: psnr_of(unit._replace(errors=change(unit)))

    def instead(part: int, value: Callable[[Restored], Floats]) -> Way:
        def change(unit: Restored) -> Floats:
            errors = unit.errors.copy()
            errors[..., part] = value(unit)
            return errors

        return with_errors(change)

    def keys_alone(unit: Restored) -> Floats:
        return psnr_of(unit)[:, list(keys)]

    def missing_alone(unit: Restored) -> Floats:
        return np.delete(psnr_of(unit), list(keys), axis=1)

    return {
        "as it is": psnr_of,
        "what moves, restored to the noise": instead(MOVING, lambda unit: noise * unit.pixels[..., MOVING]),
        "what is still, restored to the noise": instead(STILL, lambda unit: noise * unit.pixels[..., STILL]),
        "all that is ordinary, restored to the noise": lambda unit: psnr_of(
            unit._replace(
                errors=np.concatenate([unit.errors[..., :1], noise * unit.pixels[..., 1:]], -1),
            )
        ),
        "the unusual, painted away": instead(UNUSUAL, lambda unit: unit.painted),
        "the missing frames alone": missing_alone,
        "the keyframes alone": keys_alone,
        "the mean of the missing frames": lambda unit: missing_alone(unit).mean(1, keepdims=True),
        "a fixed peak": lambda unit: psnr_of(unit._replace(peak=np.full_like(unit.peak, 255.0))),
        "error, no logarithm": lambda unit: unit.errors.sum(-1) / unit.pixels.sum(-1),
    }


def of_frames(unit: Restored, clip: Clip, length: int, way: Way) -> Floats:
    """(N,) each frame gets its unit's worst."""
    return np.asarray(way(unit).max(1)[units_of(len(clip.abnormal), length)], np.float64)


def minmax_of(unit: Restored, clip: Clip, length: int, way: Way) -> Floats:
    """The same by min-max over the clip."""
    return per_video_minmax(of_frames(unit, clip, length, way))


def aucs(restored: Sequence[Restored], clips: Sequence[Clip], length: int, way: Way) -> dict[str, float]:
    """As `readings`."""
    pairs = list(zip(restored, clips, strict=True))
    plain, scaled = ([f(unit, clip, length, way) for unit, clip in pairs] for f in (of_frames, minmax_of))
    return readings(plain, scaled, [clip.abnormal for clip in clips])


def parts(restored: Sequence[Restored], keys: Sequence[int]) -> dict[str, object]:
    """The mean squared error of each part in grey levels, and its share of a frame's whole error; of missing frames."""
    errors, pixels = (np.concatenate(each) for each in zip(*(one[:2] for one in restored), strict=True))  # units T 3
    missing = [at for at in range(errors.shape[1]) if at not in keys]
    found: dict[str, object] = {}
    for part, name in enumerate(("unusual", "moving", "still")):
        of_part = {}
        for kind, at in (("missing frames", missing), ("keyframes", list(keys))):
            wrong = errors[:, at].sum((0, 1))
            of_part[kind] = round(float(wrong[part] / pixels[:, at, part].sum()), 2)
            of_part[f"{kind}, share of the error"] = round(float(wrong[part] / max(wrong.sum(), 1e-9)), 4)
        found[name] = of_part
    return found


if __name__ == "__main__":
    main()
