"""`unusual demo`: a made-up scene, learnt, scored and reported, in a few minutes on two processors."""

from pathlib import Path

from unusual.app.progress import console
from unusual.app.scoring import run_evaluation
from unusual.app.training import run_training
from unusual.run.config import make_config
from unusual.video.synthetic import write_scenes

NORMAL_MINUTES = 3.0
TEST_CLIPS = 6


def run_demo(out: Path, *, minutes: float, seed: int) -> Path:
    """Make the scene, train for `minutes`, score, report; returns the report's path."""
    scene, checkpoint = out / "scene", out / "checkpoint"
    if not (scene / "labels.csv").exists():
        console.print(f"making up a scene in {scene}", highlight=False)
        write_scenes(scene, seed=seed, normal_minutes=NORMAL_MINUTES, test_clips=TEST_CLIPS)
    changes = [f"training.minutes={minutes}", f"training.seed={seed}", "training.warm_start=made-up"]
    for old in checkpoint.glob("*.safetensors"):
        old.unlink()
    print(run_training([scene], make_config(changes=changes), checkpoint, out / "cache", 5.0))
    print(run_evaluation(scene, checkpoint, out, 2.0, 1.0, annotate=True, title="A made-up scene"))
    return out / "report.html"
