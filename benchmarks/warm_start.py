"""Train the shipped warm start: `small` on made-up ordinary scenes of many kinds, and on nothing else.

    python benchmarks/warm_start.py --minutes 60 --out runs/warm_start

It never sees an unusual event nor a frame of any data set. Killed, it goes on with --resume. The result is copied to
src/unusual/methods/ustn_dsc/warm_start.safetensors as bf16.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from record import Printer
from safetensors.torch import save_file

from unusual.data.made_up.scene import render_scene, varied_scene
from unusual.files import whole_file, write_text
from unusual.methods import make_learner
from unusual.methods.footage import Footage
from unusual.methods.learner import NetworkLearner
from unusual.methods.pictures.clips import working_picture
from unusual.run.checkpoint import FORMAT, named
from unusual.run.config import config_to_dict, make_config
from unusual.run.fit import commit
from unusual.run.train import Training

SHIPPED = Path(__file__).parents[1] / "src/unusual/methods/ustn_dsc/warm_start.safetensors"
HEIGHT, WIDTH = 160, 240


def main() -> None:
    """Render, train, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="of training, after the rendering")
    parser.add_argument("--scenes", type=int, default=160, help="places, one in sixteen held out")
    parser.add_argument("--seconds", type=float, default=8.0, help="of video in each place")
    parser.add_argument("--out", type=Path, default=Path("runs/warm_start"))
    parser.add_argument("--resume", action="store_true")
    args = parser.parse_args()

    footage = made_up_footage(args.scenes, args.seconds, args.out / f"scenes-{args.scenes}-{args.seconds:g}.npy")
    changes = [
        f"clips.width={WIDTH}",
        f"training.minutes={args.minutes}",
        "training.learning_rate=0.0015",
        "training.warm_start=none",
    ]
    config = make_config("ustn-dsc", "small", changes=[*changes, "training.warmup_batches=200"])
    learner = make_learner(config.method, config.settings, "")
    assert isinstance(learner, NetworkLearner)  # noqa: S101
    aside = args.scenes // 16
    training = Training(learner, config, footage[aside:], footage[:aside], args.out, resume=args.resume)
    position = training.run(Printer()).at
    header = {
        "made_by": " ".join(["python", "benchmarks/warm_start.py", *sys.argv[1:]]),
        "commit": commit(),
        "steps": position.step,
        "config": config_to_dict(config),
    }
    weights = {name: torch.from_numpy(array).bfloat16() for name, array in named(learner.learnt()).items()}
    with whole_file(SHIPPED) as part:
        save_file(weights, part, {"format": FORMAT, "header": json.dumps(header)})
    write_text(Path(__file__).parent / "results/warm_start.csv", (args.out / "log.csv").read_text(encoding="utf-8"))


def made_up_footage(scenes: int, seconds: float, kept: Path) -> list[Footage]:
    """Footage of as many places, rendered by all processors, kept in a file for the next time."""
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with Pool() as pool:
            stretches: Sequence[NDArray[np.uint8]] = pool.starmap(render, [(n, seconds) for n in range(scenes)], 1)
        np.save(kept, np.concatenate(stretches))
        np.save(kept.with_suffix(".lengths.npy"), [len(stretch) for stretch in stretches])
    pictures, lengths = np.load(kept, mmap_mode="r"), np.load(kept.with_suffix(".lengths.npy"))
    ends = np.cumsum(lengths)
    starts = ends - lengths
    return [Footage.of_frames(f"scene {n}", pictures[starts[n] : ends[n]]) for n in range(scenes)]


def render(seed: int, seconds: float) -> NDArray[np.uint8]:
    """One place's ordinary footage, grey, at the working size of `small`."""
    scene = varied_scene(seed, WIDTH, HEIGHT)
    return np.stack([working_picture(seen.frame.rgb, HEIGHT, WIDTH, 1) for seen in render_scene(scene, seconds)])


if __name__ == "__main__":
    main()
