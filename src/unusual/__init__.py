"""Video anomaly detection: when, where and why something unusual happens before a camera.

The command line in a dozen names. Importing the package loads neither torch nor OpenCV; using a name does.

    checkpoint = unusual.learn(videos, unusual.make_config(), out, cache, data="gate").checkpoint
    scored = unusual.score_video("today.mp4", checkpoint)
    for event in scored.result.events:
        print(event.start_s, event.peak_score)
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from unusual.domain import Event, Frame, ScoreCurve, VideoResult
from unusual.errors import UnusualError

if TYPE_CHECKING:
    from unusual.app.report.report import write_report
    from unusual.data.datasets import open_dataset
    from unusual.measure.evaluate import evaluate
    from unusual.run.checkpoint import load_checkpoint
    from unusual.run.config import make_config
    from unusual.run.fit import learn
    from unusual.run.score import score_video
    from unusual.video.reader import open_video

# Some libraries report to their makers as soon as they are loaded. Said here, before any is loaded, and handed on to
# every process that is started from here: a tool that looks at people talks to nobody.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "RAY_USAGE_STATS_ENABLED": "0"}

LOADED_WHEN_USED = {
    "evaluate": "measure.evaluate",
    "learn": "run.fit",
    "load_checkpoint": "run.checkpoint",
    "make_config": "run.config",
    "open_dataset": "data.datasets",
    "open_video": "video.reader",
    "score_video": "run.score",
    "write_report": "app.report.report",
}

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
    if name in LOADED_WHEN_USED:
        return getattr(import_module(f"unusual.{LOADED_WHEN_USED[name]}"), name)
    raise AttributeError(f"module 'unusual' has no attribute {name!r}")
