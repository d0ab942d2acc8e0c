"""STATE's whole road, from a file's frames to scores: frames per second, and which part takes how long.

    python benchmarks/state_speed.py ../shared/data/vtest.avi --detector ../shared/weights/deimv2_femto_coco.onnx

Weights do not matter for speed, so fresh ones will do. With the detector and with motion boxes alone; every frame, and
every third one.
"""

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import torch
from record import write_record

from unusual.methods import make_learner
from unusual.methods.objects.detector import Rows
from unusual.methods.objects.objects import ObjectFinder, Objects
from unusual.methods.state.cubes import Flow, ObjectCubes, Picture
from unusual.methods.state.keeping import Cutter
from unusual.methods.state.scorer import StateScorer
from unusual.methods.state.settings import METHOD, StateConfig
from unusual.run.config import make_config
from unusual.video.flow import FlowEstimator
from unusual.video.reader import open_video

Item = TypeVar("Item")


class Clock:
    """Seconds spent in each part."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def during(self, part: str, work: Callable[[], Item]) -> Item:
        """Do the work; its time counts for the part."""
        began = time.perf_counter()
        try:
            return work()
        finally:
            self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - began

    def over(self, part: str, items: Iterable[Item]) -> Iterator[Item]:
        """Go through items; the time that they take to come counts for the part."""
        rest, nothing = iter(items), object()
        while (item := self.during(part, lambda: next(rest, nothing))) is not nothing:
            yield item  # type: ignore[misc]


class TimedFinder(ObjectFinder):
    """Notes the time."""

    clock: Clock

    def find(self, before: Picture, frame: Picture, after: Picture, standing_out: Rows | None = None) -> Objects:
        """As ObjectFinder."""
        return self.clock.during("objects", lambda: super(TimedFinder, self).find(before, frame, after, standing_out))


class TimedFlow(FlowEstimator):
    """Notes the time."""

    clock: Clock

    def between(self, first: Picture, second: Picture) -> Flow:
        """As FlowEstimator."""
        return self.clock.during("flow", lambda: super(TimedFlow, self).between(first, second))


class TimedCutter(Cutter):
    """Notes the time of all that comes before the network."""

    def __init__(self, config: StateConfig, clock: Clock) -> None:
        super().__init__(config)
        self.clock, self.count = clock, 0
        self.finder, self.flow = TimedFinder(config.objects), TimedFlow(config.flow)
        self.finder.clock = self.flow.clock = clock

    def cut(self, pictures: Iterable[Picture], kept: Path | None, step: int) -> Iterator[ObjectCubes]:
        """As Cutter."""
        for cubes in self.clock.over("before the network", super().cut(pictures, kept, step)):
            self.count += len(cubes.rgb)
            yield cubes


def main() -> None:
    """Score the file four times, write results/state_speed.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", type=Path)
    parser.add_argument("--detector", type=Path, required=True)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--preset", choices=METHOD.presets, default="small")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    figures: dict[str, object] = {"video": args.video.name}
    for name, changes in (
        ("detector and motion, every frame", [f"objects.detector={args.detector}", "cubes.step=1"]),
        ("detector and motion, every third frame", [f"objects.detector={args.detector}", "cubes.step=3"]),
        ("motion alone, every frame", ["cubes.step=1"]),
        ("motion alone, every third frame", ["cubes.step=3"]),
    ):
        figures[name] = once(args.video, args.frames, make_config("state", args.preset, changes=changes).settings)
        print(name, figures[name], flush=True)
    print(write_record("state_speed", figures))


def once(video: Path, most: int, settings: object) -> dict[str, float]:
    """Frames and cubes per second, and shares of the time."""
    assert isinstance(settings, StateConfig)  # noqa: S101
    clock = Clock()
    with open_video(video) as opened:
        info = opened.info
    settings = settings.completed(info.height, info.width, float(info.rate or 0))
    scorer = make_learner("state", settings, "cpu").scorer()
    assert isinstance(scorer, StateScorer)  # noqa: S101
    scorer.cutter = cutter = TimedCutter(settings, clock)
    with open_video(video) as opened:
        frames = ((frame.time_s, frame.rgb) for _, frame in zip(range(most), opened, strict=False))
        began, judged = time.perf_counter(), 0
        for unit in scorer.judge(video.name, clock.over("decoding", frames)):
            judged = int(unit.indices[-1]) + 1
        took = time.perf_counter() - began
    part = clock.seconds
    cutting = part["before the network"] - part["decoding"] - part["objects"] - part["flow"]
    shares = {
        "decoding": part["decoding"],
        "objects": part["objects"],
        "flow": part["flow"],
        "cubes": cutting,
        "network and errors": took - part["before the network"],
    }
    return {
        "frames per second": round(judged / took, 1),
        "cubes a frame": round(cutter.count / judged, 1),
        **{f"share of {name}": round(seconds / took, 3) for name, seconds in shares.items()},
    }


if __name__ == "__main__":
    main()
