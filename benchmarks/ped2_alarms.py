"""Promised alarms beside real ones on UCSD Ped2: how well a threshold from a little ordinary footage holds.

    python benchmarks/ped2_alarms.py ../shared/data/ped2 --method ustn-dsc --set training.epochs=2
    python benchmarks/ped2_alarms.py ../shared/data/ped1-h264 --name ped1_alarms_habits --method habits \
        --set objects.detector=DETECTOR.onnx
    python benchmarks/ped2_alarms.py ../shared/data/ped2 --method state --set training.epochs=1 \
        --set training.epoch_batches=150 --set cubes.step=3 --set objects.detector=DETECTOR.onnx \
        --set objects.score=0.35

Half of the training clips is held out, and of habits all are judged in turns; of these, four fifths calibrate and one
is counted, in five turns.
Ped2 is short: promises are stated an hour, and what is counted is said. Nothing is chosen by the test clips.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from record import Printer, write_record

from unusual.camera.cuts import calibrate, filled
from unusual.data.datasets import DatasetVideo, open_dataset
from unusual.domain import ScoreCurve
from unusual.measure.evaluate import score_clip
from unusual.measure.operating import operating_point
from unusual.methods.unseen import Unseen
from unusual.run.checkpoint import Checkpoint
from unusual.run.config import make_config
from unusual.run.fit import CacheLimits, DataName, fit
from unusual.run.score import Thresholds
from unusual.scores.alarms import AlarmScale
from unusual.scores.calibrate import LiveScale, live_scores
from unusual.scores.events import find_events, intervals_of
from unusual.video.cache import cache_folder

PROMISED = (6.0, 60.0)  # alarms an hour
RATE = 10.0  # frames per second of Ped2
JOIN_S, MARGIN_S = 1.0, 1.0
TURNS = 5


def main() -> None:
    """Train, calibrate, count, write results/ped2_alarms_METHOD.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--method", default="ustn-dsc")
    parser.add_argument("--set", dest="changes", action="append", default=[])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--name", default="", help="of the record; of Ped2 by itself")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    dataset, cache = open_dataset(args.data), CacheLimits(cache_folder())
    out = Path("runs") / (args.name or f"ped2_alarms_{args.method}")
    config = make_config(args.method, "small", changes=["training.held_out=0.5", *args.changes])
    videos = [video.source for video in dataset.train]
    learnt = fit(videos, config, out, cache, data=DataName.of(dataset), watcher=Printer())
    checkpoint, scale = calibrate(learnt.checkpoint, learnt.unseen, RATE)
    found = {f"{rate:g} an hour": on_test(checkpoint, scale, rate, dataset.test) for rate in PROMISED}
    print(
        write_record(
            args.name or f"ped2_alarms_{args.method.replace('-', '_')}",
            {
                "method": args.method,
                "steps": learnt.checkpoint.provenance.steps,
                "calibrated on, minutes": round(checkpoint.provenance.scale_s / 60, 2),
                "words, for 24 a day": scale.threshold(24.0).words,
                "held-out clips, calibrated on four fifths and counted on one, in turn": in_turns(
                    learnt.checkpoint, learnt.unseen
                ),
                "test clips": found,
            },
        )
    )


def in_turns(checkpoint: Checkpoint, unseen: Sequence[Unseen]) -> dict[str, object]:
    """Alarms on ordinary footage that neither training nor calibration saw."""
    counts = dict.fromkeys(PROMISED, 0)
    frames = 0
    for turn in range(TURNS):
        own = unseen[turn::TURNS]
        other = [part for number, part in enumerate(unseen) if number % TURNS != turn]
        calibrated, scale = calibrate(checkpoint, other, RATE)
        frames += sum(part.footage.frames for part in own)
        for rate in PROMISED:
            level = scale.threshold(24 * rate).score
            counts[rate] += sum(alarms(calibrated.scale, part, level) for part in own)
    hours = frames / RATE / 3600
    return {"ordinary minutes": round(60 * hours, 2)} | {
        f"{rate:g} an hour": {"expected at most": round(rate * hours, 2), "counted": count}
        for rate, count in counts.items()
    }


def alarms(scale: LiveScale, part: Unseen, level: float) -> int:
    """Events of a stretch at a threshold."""
    scores = filled(live_scores(scale, part.judged(), part.footage.frames))
    curve = ScoreCurve(part.footage.name, "live", np.arange(part.footage.frames) / RATE, scores)
    return len(find_events(curve, enter=level, leave=min(1.0, level), join_s=JOIN_S))


def on_test(
    checkpoint: Checkpoint, scale: AlarmScale, rate: float, videos: tuple[DatasetVideo, ...]
) -> dict[str, object]:
    """Labelled stretches found and missed at a threshold, and alarms away from them beside those expected."""
    scored = [score_clip(video, checkpoint, Thresholds(), cache_folder()).result for video in videos]
    curves = [result.live for result in scored]
    truth = [intervals_of(result.truth.abnormal, result.live.times_s) for result in scored if result.truth is not None]
    level = scale.threshold(24 * rate).score
    point = operating_point(curves, truth, threshold=level, join_s=JOIN_S, margin_s=MARGIN_S)
    return {
        "threshold": round(level, 3),
        "found": point.counts.found,
        "missed": point.counts.missed,
        "false": point.counts.false,
        "ordinary seconds": round(3600 * point.ordinary_hours, 1),
        "false, expected at most": round(rate * point.ordinary_hours, 2),
    }


if __name__ == "__main__":
    main()
