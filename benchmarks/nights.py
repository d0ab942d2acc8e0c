"""A made-up camera, learnt and watched: are planted events found, and do ordinary nights alarm no more than promised?

    python benchmarks/nights.py --hours 6

Ten minutes of footage are learnt, then a walk with planted events, many ordinary hours, and another such walk are
watched, as files that are taken as fast as they can be scored. Events below the alarm threshold are stored as well, so
one run tells for several promises what they would have alarmed: by the thresholds of the ten minutes, and by those that
the watched hours have sharpened. The camera is small and slow, so that hours of it fit into a benchmark; people and
network are in proportion. Places and people are made up, and none of them was looked at before.
"""

import argparse
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from multiprocessing import Process, get_context
from pathlib import Path

import av
import numpy as np
import torch
from record import write_record

from unusual.app.alerts.alerts import AlertSettings
from unusual.app.watching import CameraTable, WatchTable, run_watching
from unusual.camera.cuts import Odd
from unusual.camera.learn import LearnSettings, learn_camera
from unusual.data.made_up.scene import Kind, SceneConfig, render_scene
from unusual.run.fit import CacheLimits
from unusual.scores.alarms import AlarmScale
from unusual.scores.events import intervals_of
from unusual.store.cameras import camera_names, read_card
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.video.capture import Pace
from unusual.video.reader import open_video
from unusual.video.writer import write_video

PLANTED = (Kind.CYCLIST, Kind.CART, Kind.RUNNER)  # kinds that a restoration can see, as in the demo
SCENE = SceneConfig(width=160, height=120, rate=12, walkers=4.0)
PROMISES = (1.0, 5.0, 24.0, 48.0)  # alarms a day
SET = 24.0  # alarms a day that the watcher is asked for: those that it raises are counted as well
WALK_S, SLACK_S = 600.0, 2.0
MANY = 100_000
NAME = "gate"


@dataclass(frozen=True, slots=True)
class Alarm:
    """A stored event, in seconds of its film."""

    start_s: float
    end_s: float
    score: float
    raised: bool

    def meets(self, start_s: float, end_s: float) -> bool:
        """Whether it is of what happens then, give or take what a unit spans."""
        return self.start_s <= end_s + SLACK_S and start_s - SLACK_S <= self.end_s


def main() -> None:
    """Learn, watch, count, write results/nights.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=6.0, help="of ordinary footage that is watched")
    parser.add_argument("--look", type=int, default=4011, help="of the place; 4011 is looked at when all is chosen")
    parser.add_argument("--learn-minutes", type=float, default=10.0, help="of footage")
    parser.add_argument("--minutes", type=float, default=0.0, help="of training; 0: as `unusual learn` chooses")
    parser.add_argument("--method", default="habits", help="for ustn-dsc add --set clips.height=120, as its record has")
    parser.add_argument("--set", dest="changes", action="append", default=[])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--parts", type=int, default=1, help="of the hours, each watched by a process of its own")
    parser.add_argument("--home", default="runs/nights", help="of the camera; what is there already is not made again")
    parser.add_argument("--name", default="nights")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    home = Path(args.home)
    home.mkdir(parents=True, exist_ok=True)
    night = Process(target=film, args=(home / "night.mp4", args.look, 100, 3600 * args.hours))
    if not (home / "night.mp4").exists():
        night.start()
    if not camera_names(Home(home)):
        film(home / "ordinary.mp4", args.look, 1, 60 * args.learn_minutes)
        settings = LearnSettings(
            method=args.method,
            changes=tuple(args.changes),
            minutes=args.minutes,
            odd=Odd.ASIDE,
            cache=CacheLimits(home / "c"),
        )
        print(learn_camera([home / "ordinary.mp4"], NAME, home, settings).folder, flush=True)
    young = read_card(Home(home), NAME).alarm_scale
    truth, planted = walk(home, args.look, 2)
    if night.pid:
        night.join()
    parts = split(home, args.parts)
    began = time.monotonic()
    with ProcessPoolExecutor(args.parts, mp_context=get_context("spawn")) as pool:
        watched_parts = list(pool.map(watched_part, parts))
    spent = time.monotonic() - began
    alarms = [alarm for found, _ in watched_parts for alarm in found]
    seconds = sum(length for _, length in watched_parts)
    old = read_card(Home(parts[0]), NAME).alarm_scale
    later_truth, later = walk(parts[0], args.look, 3)
    figures: dict[str, object] = {
        "method": args.method,
        "camera": f"{SCENE.width}x{SCENE.height}, {SCENE.rate} frames/s",
        "learnt from, minutes": args.learn_minutes,
        "words": young.threshold(1.0).words,
        "planted events": len(truth),
        "ordinary hours": round(seconds / 3600, 2),
        "watched in parts": args.parts,
        "times real time": round(seconds / spent, 1),
        "promises": {
            f"{promise:g} a day": row(young, promise, truth, planted)
            | {
                "ordinary hours, promised at most": round(promise * seconds / 86400, 2),
                "ordinary hours, alarms": sum(each.score >= young.threshold(promise).score for each in alarms),
            }
            for promise in PROMISES
        },
        f"alarms raised in the ordinary hours at {SET:g} a day, sharpened every hour": {
            "promised at most": round(SET * seconds / 86400, 2),
            "raised": sum(each.raised for each in alarms),
        },
        "after these hours": {f"{promise:g} a day": row(old, promise, later_truth, later) for promise in PROMISES},
    }
    print(write_record(args.name, figures))


def walk(home: Path, look: int, seed: int) -> tuple[list[tuple[float, float]], list[Alarm]]:
    """Film a walk with planted events and watch it: when they are to be seen, and what was stored."""
    truth = film(home / "walk.mp4", look, seed, WALK_S, PLANTED * 4)
    return truth, watched(home, "walk.mp4")[0]


def split(home: Path, parts: int) -> list[Path]:
    """The night's film cut into parts, each in a home of its own with a copy of the camera; as it is, not rendered."""
    homes = [home / f"part-{number}" for number in range(parts)]
    for number, place in enumerate(homes):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(home / "cameras", place / "cameras")
        with av.open(str(home / "night.mp4")) as source, av.open(str(place / "night.mp4"), "w") as sink:
            video = source.streams.video[0]
            copy = sink.add_stream_from_template(video)
            first, after = ((video.duration or 0) * n // parts for n in (number, number + 1))
            begun: int | None = None
            for packet in source.demux(video):
                if packet.pts is None or packet.dts is None or packet.pts < first:
                    continue
                if begun is None and packet.is_keyframe:
                    begun = packet.pts
                if begun is None or (packet.pts >= after and packet.is_keyframe):
                    if begun is not None:
                        break
                    continue
                packet.pts, packet.dts, packet.stream = packet.pts - begun, packet.dts - begun, copy
                sink.mux(packet)
    return homes


def watched_part(home: Path) -> tuple[list[Alarm], float]:
    """What a part of the night gave."""
    torch.set_num_threads(1)
    return watched(home, "night.mp4")


def row(
    scale: AlarmScale, promise: float, truth: Sequence[tuple[float, float]], planted: Sequence[Alarm]
) -> dict[str, object]:
    """What a promise would have alarmed in a walk: planted events found, and false alarms beside them."""
    level = scale.threshold(promise)
    raised = [alarm for alarm in planted if alarm.score >= level.score]
    return {
        "threshold": round(level.score, 2),
        "enough footage": level.enough,
        "planted, found": sum(any(alarm.meets(*span) for alarm in raised) for span in truth),
        "beside planted ones, false": sum(not any(alarm.meets(*span) for span in truth) for alarm in raised),
    }


def film(file: Path, look: int, seed: int, seconds: float, events: tuple[Kind, ...] = ()) -> list[tuple[float, float]]:
    """Write a stretch of the scene; returns when its planted events are to be seen."""
    abnormal, times = [], []
    with write_video(file, SCENE.width, SCENE.height, Fraction(SCENE.rate)) as sink:
        for frame in render_scene(replace(SCENE, look_seed=look, seed=seed), seconds, events):
            sink.add(frame.frame.rgb, frame.frame.time_s)
            abnormal.append(bool(frame.kinds))
            times.append(frame.frame.time_s)
    return [(each.start_s, each.end_s) for each in intervals_of(np.array(abnormal), np.array(times))]


def watched(home: Path, file: str) -> tuple[list[Alarm], float]:
    """Watch a film from its start at time 0: its events, alarms or not, and its length in seconds."""
    with closing(EventStore.open(Home(home))) as store:
        before = {event.id for event in store.list(most=MANY)}
        camera = CameraTable(str(home / file), pace=Pace.FAST, alarms_per_day=SET)
        began = time.time()
        print(run_watching(Home(home), WatchTable({NAME: camera}, AlertSettings(log=False))), flush=True)
        events = [event for event in store.list(most=MANY) if event.id not in before]
    with open_video(home / file) as video:
        length = float((video.info.expected_frames or 0) / (video.info.rate or 1))
    return [Alarm(e.start_utc - began, (e.end_utc or e.start_utc) - began, e.score, e.alarm) for e in events], length


if __name__ == "__main__":
    main()
