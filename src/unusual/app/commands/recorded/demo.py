"""`unusual demo`: a made-up scene, learnt, scored and reported, in a few minutes on two processors."""

from pathlib import Path

from unusual.app.commands.options import Method, Out, Seed
from unusual.app.terminal import say

NORMAL_MINUTES, TEST_CLIPS, CLIP_S = 3.0, 5, 30.0


def demo(out: Out = Path("runs/demo"), minutes: float = 1.5, seed: Seed = 0, method: Method = None) -> None:
    """Make up a scene, learn it, score it, write a report. Needs nothing but this package."""
    print(f"open {run_demo(out, minutes=minutes, seed=seed, method=method)} in a browser")


def run_demo(out: Path, *, minutes: float, seed: int, method: str | None = None) -> Path:
    """Make the scene, train for `minutes`, score, report; returns the report's path."""
    from unusual.app.scoring import run_evaluation
    from unusual.app.training import run_training
    from unusual.data.made_up.scene import Kind, write_scenes
    from unusual.methods import CAMERA
    from unusual.run.checkpoint import MODEL, TRAINING, load_checkpoint
    from unusual.run.config import make_config
    from unusual.run.score import Thresholds

    # What is restored badly is what moves fast or oddly. Who strolls off the path, walks the wrong way, throws, or
    # falls and lies still is restored well, and this method hardly sees it: docs/results.md has figures for every kind.
    kinds = (Kind.CYCLIST, Kind.CART, Kind.RUNNER)
    scene, checkpoint = out / f"scene-{seed}", out / f"model-{seed}"
    config = make_config(method or CAMERA, changes=[f"training.minutes={minutes}", f"training.seed={seed}"])
    if not (scene / "labels.csv").exists():
        say(f"making up a scene in {scene}, with {', '.join(kinds)} among its test clips")
        write_scenes(scene, seed=seed, normal_minutes=NORMAL_MINUTES, test_clips=TEST_CLIPS, clip_s=CLIP_S, kinds=kinds)
    for old in (MODEL, TRAINING):
        (checkpoint / old).unlink(missing_ok=True)
    print(run_training([str(scene)], config, checkpoint, out / "cache", 5.0))
    trained = load_checkpoint(checkpoint, config.settings.denser())  # the clips are short
    print(
        run_evaluation(
            scene, {"": trained}, out, Thresholds(), annotate=True, title=f"A made-up scene with {', '.join(kinds)}"
        )
    )
    return out / "report.html"
