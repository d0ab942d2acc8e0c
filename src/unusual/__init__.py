"""Video anomaly detection: when, where and why something unusual happens before a camera.

The command line in a dozen names. Importing the package loads neither torch nor OpenCV; using a name does.

    checkpoint = unusual.learn(videos, unusual.make_config(), out, cache, data="gate").checkpoint
    scored = unusual.score_video("today.mp4", checkpoint)
    for event in scored.result.events:
        print(event.start_s, event.peak_score)
"""

from typing import TYPE_CHECKING

from unusual.domain import Event, Frame, ScoreCurve, VideoResult
from unusual.errors import UnusualError

if TYPE_CHECKING:
    from unusual.app.report import write_report
    from unusual.run.checkpoint import load_checkpoint
    from unusual.run.config import make_config
    from unusual.run.evaluate import evaluate
    from unusual.run.learn import learn
    from unusual.run.score import score_video
    from unusual.video.datasets import open_dataset
    from unusual.video.reader import open_video

__all__ = [
    "Event",
    "Frame",
    "ScoreCurve",
    "UnusualError",
    "VideoResult",
    "evaluate",
    "learn",
    "load_checkpoint",
    "make_config",
    "open_dataset",
    "open_video",
    "score_video",
    "write_report",
]


def __getattr__(name: str) -> object:
    """Load a name when it is first used."""
    if name in ("open_dataset", "open_video"):
        from unusual.video import datasets, reader

        return {"open_dataset": datasets.open_dataset, "open_video": reader.open_video}[name]
    if name == "write_report":
        from unusual.app.report import write_report

        return write_report
    if name in __all__:
        from unusual.run import checkpoint, config, evaluate, learn, score

        return {
            "evaluate": evaluate.evaluate,
            "learn": learn.learn,
            "load_checkpoint": checkpoint.load_checkpoint,
            "make_config": config.make_config,
            "score_video": score.score_video,
        }[name]
    raise AttributeError(f"module 'unusual' has no attribute {name!r}")
