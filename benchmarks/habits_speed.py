"""Where habits' time goes: decoding, detector, motion boxes, flow, tracks, the ground, and judging; one thread.

    python benchmarks/habits_speed.py VIDEO --model runs/ped2/habits-0

Shares of processor time of one file, each part timed where it is called; absolute times hold for one machine alone.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import cv2
from record import write_record

from unusual.methods.habits.ground import Ground
from unusual.methods.habits.moments import Watching
from unusual.methods.habits.scorer import HabitsScorer
from unusual.methods.objects import objects
from unusual.methods.objects.detector import Detector
from unusual.methods.objects.tracks import Tracker
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import score_video
from unusual.video.flow import FlowEstimator
from unusual.video.reader import open_video

Given = ParamSpec("Given")
Made = TypeVar("Made")
SPENT: dict[str, float] = defaultdict(float)


def main() -> None:
    """Score once, write results/habits_speed.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    checkpoint = load_checkpoint(args.model)
    decoding = time.process_time()
    with open_video(args.video) as opened:
        frames = sum(1 for _ in opened)
    decoding = time.process_time() - decoding
    watch_parts()
    whole = time.process_time()
    score_video(args.video, checkpoint, pictures=False)
    whole = time.process_time() - whole
    parts = {"decoding": decoding, **SPENT}
    parts["all else"] = whole - sum(parts.values())
    shares = {name: round(spent / whole, 3) for name, spent in parts.items()}
    figures: dict[str, object] = {
        "frames": frames,
        "frames a processor second": round(frames / whole, 1),
        "shares": shares,
    }
    print(write_record("habits_speed", figures))


def watch_parts() -> None:
    """Note the time that is spent in each part."""
    Detector.find = timed("detector", Detector.find)  # type: ignore[method-assign]
    objects.motion_boxes = timed("motion boxes", objects.motion_boxes)
    FlowEstimator.between = timed("flow", FlowEstimator.between)  # type: ignore[method-assign]
    Tracker.step = timed("tracks", Tracker.step)  # type: ignore[method-assign]
    Ground.step = timed("ground", Ground.step)  # type: ignore[method-assign]
    Watching.step = timed("motion of objects", Watching.step)  # type: ignore[method-assign]
    HabitsScorer.errors = timed("judging", HabitsScorer.errors)  # type: ignore[method-assign]


def timed(name: str, does: Callable[Given, Made]) -> Callable[Given, Made]:
    """The same, its processor time noted."""

    def do(*args: Given.args, **kwargs: Given.kwargs) -> Made:
        began = time.process_time()
        try:
            return does(*args, **kwargs)
        finally:
            SPENT[name] += time.process_time() - began

    return do


if __name__ == "__main__":
    main()
