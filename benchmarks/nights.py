"""A made-up camera, learnt and watched: are planted events found, and do ordinary nights alarm no more than promised?

    python benchmarks/nights.py --hours 6

Ten minutes of footage are learnt, then one walk with planted events and many ordinary hours are watched, as files taken
as fast as they can be scored. What is promised: `--alarms-per-day` on footage like that which was learnt from.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from record import write_record

from unusual.app.learning import Odd, Wanted, run_learning
from unusual.app.watching import CameraTable, WatchTable, run_watching
from unusual.scores.events import intervals_of
from unusual.store.cameras import read_card
from unusual.store.events import EventStore
from unusual.video.capture import Pace
from unusual.video.reader import open_video
from unusual.video.synthetic import Kind, SceneConfig, render_scene
from unusual.video.writer import write_video

PLANTED = (Kind.CYCLIST, Kind.CART, Kind.RUNNER)  # kinds that a restoration can see, as in the demo
SCENE = SceneConfig(width=240, height=180, rate=10)
NAME = "gate"


def main() -> None:
    """Learn, watch, count, write results/nights.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=6.0, help="of ordinary footage that is watched")
    parser.add_argument("--learn-minutes", type=float, default=10.0, help="of footage")
    parser.add_argument("--minutes", type=float, default=3.0, help="of training")
    parser.add_argument("--alarms-per-day", type=float, default=1.0)
    parser.add_argument("--method", default="ustn-dsc")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--name", default="nights")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film(folder / "ordinary.mp4", 1, 60 * args.learn_minutes)
        wanted = Wanted(
            NAME,
            folder,
            (str(folder / "ordinary.mp4"),),
            method=args.method,
            minutes=args.minutes,
            odd=Odd.ASIDE,
            cache=folder / "cache",
        )
        said = run_learning(wanted)
        card = read_card(folder, NAME)
        threshold = card.alarm_scale.threshold(args.alarms_per_day)
        truth = film(folder / "planted.mp4", 2, 240.0, PLANTED * 2)
        planted, _ = watched(folder, "planted.mp4", args.alarms_per_day)
        found = [any(start - 1 <= event[1] and event[0] <= end + 1 for event in planted) for start, end in truth]
        false = [e for e in planted if not any(start - 1 <= e[1] and e[0] <= end + 1 for start, end in truth)]
        alarms, seconds, spent = [], 0.0, 0.0
        for night in range(round(args.hours)):
            film(folder / "night.mp4", 100 + night, 3600.0)
            began = time.monotonic()
            more, length = watched(folder, "night.mp4", args.alarms_per_day)
            spent += time.monotonic() - began
            alarms += [event[2] for event in more]
            seconds += length
            print(f"night {night}: {len(more)} alarms", flush=True)
        levels = {f"{rate:g}": card.alarm_scale.threshold(rate).score for rate in (1, 5, 24)}
        print(
            write_record(
                args.name,
                {
                    "method": args.method,
                    "learnt": {"minutes of footage": args.learn_minutes, "said": said.splitlines()[0]},
                    "threshold": threshold.score,
                    "promised a day": args.alarms_per_day,
                    "enough footage": threshold.enough,
                    "planted": {"events": len(truth), "found": sum(found), "false": len(false)},
                    "ordinary": {
                        "hours": round(seconds / 3600, 2),
                        "promised": round(args.alarms_per_day * seconds / 86400, 3),
                        "alarms": len(alarms),
                        "times real time": round(seconds / spent, 1) if spent else None,
                    },
                    "thresholds by alarms a day": levels,
                },
            )
        )


def film(file: Path, seed: int, seconds: float, events: tuple[Kind, ...] = ()) -> list[tuple[float, float]]:
    """Write a stretch of the scene; returns when its planted events are to be seen."""
    abnormal, times = [], []
    config = SceneConfig(seed=seed, width=SCENE.width, height=SCENE.height, rate=SCENE.rate)
    with write_video(file, SCENE.width, SCENE.height, Fraction(SCENE.rate)) as sink:
        for frame in render_scene(config, seconds, events):
            sink.add(frame.frame.rgb, frame.frame.time_s)
            abnormal.append(bool(frame.kinds))
            times.append(frame.frame.time_s)
    return [(each.start_s, each.end_s) for each in intervals_of(np.array(abnormal), np.array(times))]


def watched(home: Path, file: str, alarms_per_day: float) -> tuple[list[tuple[float, float, float]], float]:
    """Watch a file from its start at time 0; its alarms (start, end, score), and its length in seconds."""
    before = {event[3] for event in stored(home)}
    table = WatchTable({NAME: CameraTable(str(home / file), alarms_per_day=alarms_per_day, pace=Pace.FAST)})
    began = time.time()
    print(run_watching(home, table), flush=True)
    with open_video(home / file) as video:
        length = float((video.info.expected_frames or 0) / (video.info.rate or 1))
    mine = [event for event in stored(home) if event[3] not in before]
    return [(start - began, end - began, score) for start, end, score, _ in mine], length


def stored(home: Path) -> Iterator[tuple[float, float, float, str]]:
    """All alarms that are stored: start, end, score, id."""
    with closing(EventStore.open(home)) as store:
        for event in store.list(most=100_000):
            if event.alarm:
                yield event.start_utc, event.end_utc or event.start_utc, event.score, event.id


if __name__ == "__main__":
    main()
