"""What an hour of an archive costs, part by part, of films of two sizes, calm and busy; the paper figures stand on it.

    python benchmarks/archive_parts.py FOLDER

Processor time of one thread of this process, the least of several turns; FOLDER keeps films and models.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from archive_runs import others_percent, unusual, use_this_checkout
from numpy.typing import NDArray
from record import write_record

from unusual.run.archive.manifest import MANIFEST, Shard, read_shards
from unusual.run.archive.planning.looking import look_at
from unusual.run.archive.planning.recordings import Recording
from unusual.run.archive.reading import ShardFrames
from unusual.run.archive.shard import score_shard
from unusual.run.checkpoint import Checkpoint, load_checkpoint

SIZES = {"256x256": (256, 256, 400_000), "1080p": (1080, 1920, 4_000_000)}  # height, width, bits a second
SCENES = {"calm": 0, "busy": 6}  # how many walk
METHODS = ("frame-difference", "habits")
RATE, SECONDS, LEARN_S = 25, 20, 20
TURNS = 3


def main() -> None:
    """Measure and write the record."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("folder", type=Path)
    words.add_argument("--name", default="archive_parts", help="of the record")
    given = words.parse_args()
    cv2.setNumThreads(1)
    figures: dict[str, object] = {"others_percent": others_percent(), "rate": RATE, "seconds": SECONDS}
    for size in SIZES:
        for scene, walkers in SCENES.items():
            film = drawn(given.folder / size / scene / "20261120_120000.mp4", size, walkers, SECONDS)
            figures[f"{size}, {scene}"] = {
                "mbit_per_s": round(8 * film.stat().st_size / SECONDS / 1e6, 2),
                "looking_ms_a_frame": each_ms(partial(look_at, Recording(str(film), "gate"))),
            } | {name: costs(given.folder, size, film, name) for name in METHODS}
            print(size, scene, json.dumps(figures[f"{size}, {scene}"]), flush=True)
    write_record(given.name, figures)


def costs(folder: Path, size: str, film: Path, method: str) -> dict[str, float]:
    """Of a method on a film: reading alone, all of it, ms a frame; bytes an hour on the shelf."""
    model, out = folder / size / method, folder / size / f"out-{method}-{film.parent.name}"
    if not model.exists():
        ordinary = drawn(folder / size / "ordinary.mp4", size, SCENES["busy"], LEARN_S)
        unusual("train", ordinary, "--out", model, "--method", method)
    unusual("archive", "plan", film.parent, "-c", model, "--out", out)
    (shard,) = read_shards(out / MANIFEST)
    checkpoint = load_checkpoint(model)
    written = score_shard(shard, checkpoint)
    return {
        "reading_ms_a_frame": each_ms(lambda: read(shard)),
        "all_ms_a_frame": each_ms(lambda: judge(shard, checkpoint)),
        "shelf_mb_an_hour": round(len(written) * 3600 / SECONDS / 1e6, 2),
    }


def read(shard: Shard) -> None:
    """Decode it."""
    for _ in ShardFrames(shard):
        pass


def judge(shard: Shard, checkpoint: Checkpoint) -> None:
    """Decode and judge it."""
    score_shard(shard, checkpoint)


def each_ms(work: Callable[[], object]) -> float:
    """Processor time of a frame, the least of some turns."""
    times = [time.process_time()]
    for _ in range(TURNS):
        work()
        times.append(time.process_time())
    return round(1000 * min(end - begin for begin, end in pairwise(times)) / (RATE * SECONDS), 3)


def drawn(path: Path, size: str, walkers: int, seconds: int) -> Path:
    """Write a film of a place with noise, H.264 of as many bits as a camera sends."""
    if path.exists():
        return path
    height, width, bits = SIZES[size]
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(0)
    ground = cv2.resize(chance.integers(60, 180, (18, 32, 3)).astype(np.uint8), (width, height))
    noises: list[NDArray[np.int16]] = [np.rint(chance.normal(0, 3, ground.shape)).astype(np.int16) for _ in range(5)]
    tall = height // 8
    ways = chance.uniform([0, 0, 0.02], [height - tall, width, 0.1], (walkers, 3))
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.bit_rate, stream.options = bits, {"g": str(2 * RATE), "preset": "veryfast", "bf": "0"}
        for number in range(RATE * seconds):
            rgb = ground.copy()
            for top, start, speed in ways:
                left = int(start + speed * width * number / RATE) % width
                rgb[int(top) : int(top) + tall, left : left + tall // 3] = 40
            noisy = np.clip(rgb + noises[number % len(noises)], 0, 255).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noisy, format="rgb24")))
        container.mux(stream.encode(None))
    return path


if __name__ == "__main__":
    use_this_checkout()
    main()
