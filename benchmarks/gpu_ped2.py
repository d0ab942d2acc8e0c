"""Learn and score on a machine that is lent: without PyAV, without a network, killed without a word. See gpu_ped2.sh.

    runs/lent                 what was packed
    runs/gpu_ped2             the training, which a second call on the same machine goes on with
    $OUT/state.safetensors    what another machine goes on with, left anew every epoch: weights in float16, position
    $OUT/model.safetensors.0  the checkpoint, in parts below 16 MiB
    $OUT/record.json          both protocols

The optimiser's moments stay behind: with beta2 = 0.99 they know the last hundred batches, and weigh twice the network.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter

from unusual.domain import Provenance
from unusual.errors import DataError, UnusualError
from unusual.files import write_text
from unusual.measure.metrics import auc, frame_metrics
from unusual.methods import make_learner
from unusual.methods.footage import Footage, split_footage
from unusual.methods.learner import in_words
from unusual.methods.pictures.network_learner import ClipNetworkLearner
from unusual.methods.scorer import Scorer
from unusual.run.checkpoint import (
    TRAINING,
    Checkpoint,
    load_checkpoint,
    read_tensors,
    save_checkpoint,
    write_tensors,
)
from unusual.run.config import RunConfig, config_from_dict, flat_settings, make_config
from unusual.run.outputs import LIVE
from unusual.run.progress import EpochRow, Position, Trained, Watcher
from unusual.run.train import Training
from unusual.scores.calibrate import fit_live_scale, live_scores, per_video_minmax, published_error

PAPER_MINMAX = "paper's protocol (min-max over each test video)"  # as run/score.py calls it, which needs PyAV
LENT, RUN = Path("runs/lent"), Path("runs/gpu_ped2")
PACKED, STATE = "packed.json", "state.safetensors"
PART = 15 << 20  # bytes of a file that comes back
MOST_BATCH, GAIN = 256, 1.1  # a batch twice as large must bring a tenth more clips a second
USUAL_BATCH, USUAL_RATE, MOST_RATE = 4, 2e-4, 1e-3  # the paper's; the learning rate grows with the root of the batch


class Packed(NamedTuple):
    """data: its name. commit: of the package. frames: of each training clip. abnormal: "01" for each test frame."""

    data: str
    commit: str
    frames: dict[str, int]
    abnormal: dict[str, str]


class Before(NamedTuple):
    """A training that is gone on with: its batch, and the minutes it took."""

    batch: int
    minutes: float


class Leaver(Watcher):
    """Prints each epoch, and leaves the state of the one before: a machine may be gone in the next second."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def epoch(self, row: EpochRow) -> None:
        """Print the row."""
        print(row)
        leave_state(self.out)


def main() -> None:
    """Learn for some minutes, score, leave what comes back."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=8.0, help="of learning in this call, on top of those before")
    parser.add_argument("--batch", type=int, default=0, help="clips; 0: as many as keep the GPU busy")
    parser.add_argument("--set", dest="changes", action="append", default=[], help="a setting, section.key=value")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("OUT", RUN / "out")))
    args = parser.parse_args()
    try:
        learn_and_score(args.minutes, args.batch, args.changes, args.out)
    except UnusualError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def learn_and_score(minutes: float, batch: int, changes: Sequence[str], out: Path) -> None:
    """All of it. Raises DataError where the clips are not those that were packed; else as its parts."""
    if not (LENT / PACKED).is_file():
        raise DataError(f"no {LENT / PACKED}: pack where the data are, and take the folder along")
    packed = Packed(**json.loads((LENT / PACKED).read_text()))
    out.mkdir(parents=True, exist_ok=True)
    before = done_before()
    learner = learner_of(settings(USUAL_BATCH, minutes, changes))
    whole = [footage(LENT / "clips/training" / name, count, learner.scorer()) for name, count in packed.frames.items()]
    speeds = dict[int, float]()
    if before:
        batch, minutes = before.batch, minutes + before.minutes
    elif not batch:
        batch, speeds = busiest(learner, whole)
    config = settings(batch, minutes, changes)
    learner = learner_of(config)
    kept, held = split_footage(whole, config.settings.training.held_out, config.settings.training.seed)
    trained = Training(learner, config, kept, held, RUN, resume=before is not None).run(Leaver(out))
    leave_state(out)
    scale = fit_live_scale(unit for stretch in held for unit in learner.scorer().judge_footage(stretch))
    made = provenance(config, trained, packed)
    leave_in_parts(save_checkpoint(RUN, Checkpoint(learner.scorer(), config, scale, made, learner.learnt())), out)
    figures = figures_of(config, trained, speeds)
    span = learner.span
    for step in (span, max(n for n in range(1, span // 2 + 1) if span % n == 0)):
        figures[f"a unit every {step} frames"] = protocols(load_checkpoint(RUN, [f"clips.step={step}"]), packed)
    write_text(out / "record.json", json.dumps(machine(packed) | figures, indent=2) + "\n")
    print((out / "record.json").read_text())


def settings(batch: int, minutes: float, changes: Sequence[str]) -> RunConfig:
    """The paper's, the learning rate grown with the root of the batch. Raises ConfigError."""
    rate = min(MOST_RATE, USUAL_RATE * sqrt(batch / USUAL_BATCH))
    ours = [
        f"training.batch={batch}",
        f"training.learning_rate={rate:.6f}",
        f"training.minutes={minutes:.4f}",
        "training.held_out=0.15",
        "training.warmup_batches=100",
        "training.epoch_batches=100",
        "training.clip_gradient=1.0",
    ]
    return make_config("ustn-dsc", "paper", changes=[*ours, *changes])


def learner_of(config: RunConfig) -> ClipNetworkLearner:
    """A network that has learnt nothing."""
    learner = make_learner(config.method, config.settings, "")
    assert isinstance(learner, ClipNetworkLearner)  # noqa: S101
    return learner


def footage(video: Path, frames: int, scorer: Scorer) -> Footage:
    """A clip at working size, by OpenCV. Raises DataError where it has not as many frames as were packed."""
    capture, pictures = cv2.VideoCapture(str(video)), list[NDArray[np.uint8]]()
    while (read := capture.read())[0]:
        pictures.append(scorer.picture(np.ascontiguousarray(read[1][..., ::-1])))
    if len(pictures) != frames:
        raise DataError(f"{video}: OpenCV reads {len(pictures)} frames here, {frames} were packed")
    return Footage.of_frames(video.name, np.stack(pictures))


def busiest(learner: ClipNetworkLearner, whole: Sequence[Footage]) -> tuple[int, dict[int, float]]:
    """The batch that fills the GPU: doubled while that brings clips a second. Also these, by batch."""
    speeds, batch, chosen = dict[int, float](), USUAL_BATCH, USUAL_BATCH
    while batch <= MOST_BATCH:
        try:
            speeds[batch] = round(clips_a_second(learner, whole, batch), 2)
        except torch.cuda.OutOfMemoryError:
            break
        if batch > chosen and speeds[batch] < GAIN * speeds[chosen]:
            break
        chosen, batch = batch, 2 * batch
    learner.network.zero_grad(set_to_none=True)
    torch.cuda.empty_cache()
    print(f"batches of {chosen}; clips a second: {speeds}")
    return chosen, speeds


def clips_a_second(learner: ClipNetworkLearner, whole: Sequence[Footage], batch: int, times: int = 4) -> float:
    """How fast batches are learnt; the first warms up."""
    chance, starts, began = np.random.default_rng(0), learner.starts(whole), 0.0
    learner.network.train()
    for turn in range(times + 1):
        real = learner.batch(whole, starts[chance.integers(len(starts), size=batch)], chance)
        loss = learner.loss(learner.network, real)
        loss.backward()  # type: ignore[no-untyped-call]
        float(loss.detach())  # waits for the GPU
        if turn == 0:
            began = time.monotonic()
    return times * batch / (time.monotonic() - began)


def done_before() -> Before | None:
    """The training that is gone on with: this machine's, else what was packed; None where there is neither."""
    file = RUN / TRAINING
    if not file.exists() and (LENT / STATE).exists():
        tensors, header = read_tensors(LENT / STATE)
        write_tensors(file, {name: array.astype(np.float32) for name, array in tensors.items()}, header)
    if not file.exists():
        return None
    header = read_tensors(file)[1]
    config = config_from_dict(TypeAdapter(dict[str, object]).validate_python(header["config"]), saved=True)
    position = TypeAdapter(Position).validate_python(header["position"])
    print(f"goes on after {position.step} batches, {position.seconds / 60:.1f} minutes")
    return Before(config.settings.training.batch, position.seconds / 60)


def leave_state(out: Path) -> None:
    """Leave the last save as another machine will take it up; nothing where nothing was saved yet."""
    if (RUN / TRAINING).exists():
        tensors, header = read_tensors(RUN / TRAINING)
        network = {name: array for name, array in tensors.items() if name.startswith("network.")}
        write_tensors(out / STATE, {name: array.astype(np.float16) for name, array in network.items()}, header)


def leave_in_parts(file: Path, out: Path) -> None:
    """Leave a file in parts of PART bytes: NAME.0, NAME.1, ..."""
    for old in out.glob(f"{file.name}.*"):
        old.unlink()
    content = file.read_bytes()
    for number, first in enumerate(range(0, len(content), PART)):
        (out / f"{file.name}.{number}").write_bytes(content[first : first + PART])


def protocols(checkpoint: Checkpoint, packed: Packed) -> dict[str, object]:
    """Metrics of each protocol over the test clips, and the AUC of each clip that shows both classes."""
    scorer, curves = checkpoint.scorer, dict[str, list[NDArray[np.float64]]]({LIVE: [], PAPER_MINMAX: []})
    truths = [np.array(list(each)) == "1" for each in packed.abnormal.values()]
    for name, truth in zip(packed.abnormal, truths, strict=True):
        clip = footage(LENT / "clips/testing" / name, len(truth), scorer)
        units = list(scorer.judge_footage(clip))
        covering = ([u for u in units if u.indices[0] <= at <= u.indices[-1]] for at in range(len(truth)))
        curves[LIVE].append(live_scores(checkpoint.scale, units, len(truth)))
        curves[PAPER_MINMAX].append(per_video_minmax(np.array([published_error(each) for each in covering])))
    names = [Path(name).stem for name in packed.abnormal]
    return {
        "protocols": {each: asdict(frame_metrics(scores, truths, names)) for each, scores in curves.items()},
        "clips": {
            name: {each: round(auc(scores[at], truth), 4) for each, scores in curves.items()}
            for at, (name, truth) in enumerate(zip(names, truths, strict=True))
            if 0 < truth.sum() < len(truth)
        },
    }


def provenance(config: RunConfig, trained: Trained, packed: Packed) -> Provenance:
    """Where the checkpoint comes from."""
    return Provenance(
        method=config.method,
        preset=config.preset,
        data=packed.data,
        videos=len(packed.frames),
        frames=sum(packed.frames.values()),
        seed=config.settings.training.seed,
        steps=trained.at.step,
        minutes=round(trained.at.seconds / 60, 2),
        trained_at=datetime.now(UTC).isoformat(timespec="seconds"),
        machine=trained.gpu or platform.machine(),
        commit=packed.commit,
        versions=(("torch", torch.__version__), ("numpy", np.__version__), ("opencv", cv2.__version__)),
        settings=flat_settings(config),
        held_out=in_words(trained.checks),
    )


def figures_of(config: RunConfig, trained: Trained, speeds: dict[int, float]) -> dict[str, object]:
    """What was learnt, and how."""
    return {
        "training": {
            "minutes": round(trained.at.seconds / 60, 2),
            "steps": trained.at.step,
            "seed": config.settings.training.seed,
            "clips_a_second_by_batch": speeds,
            "settings": dict(flat_settings(config)),
        },
        "held_out": {check.name: {"rebuilt": check.value, **dict(check.floors)} for check in trained.checks},
    }


def machine(packed: Packed) -> dict[str, object]:
    """As record.py's, which needs what a lent machine may lack."""
    gpu = torch.cuda.is_available()
    return {
        "command": " ".join(["benchmarks/gpu_ped2.sh", *sys.argv[1:]]),
        "commit": packed.commit,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": torch.cuda.get_device_name() if gpu else f"{platform.machine()}, {torch.get_num_threads()} threads",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "peak_gpu_memory_gb": round(torch.cuda.max_memory_allocated() / 1e9, 2) if gpu else 0.0,
        "data": packed.data,
    }


if __name__ == "__main__":
    main()
