"""Video anomaly detection: when, where and why something unusual happens before a camera.

The command line in three dozen names. Importing the package loads neither torch nor OpenCV; using a name does.

    checkpoint = unusual.fit(["monday.mp4"], unusual.make_config(), "gate").checkpoint
    scored = unusual.score_video("wednesday.mp4", checkpoint)
    for event in scored.result.events:
        print(event.start_s, event.peak_score)

    unusual.learn_camera(["monday.mp4"], "entrance")
    unusual.watch([unusual.WatchSettings.of("entrance", "rtsp://10.0.0.7/live")], alarm=print)
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unusual.app.exporting.selection import export_events as export_events
    from unusual.app.report.report import write_report as write_report
    from unusual.app.watching import read_watch_table as read_watch_table
    from unusual.app.watching import run_watching as run_watching
    from unusual.camera.cuts import Odd as Odd
    from unusual.camera.learn import LearnSettings as LearnSettings
    from unusual.camera.learn import learn_camera as learn_camera
    from unusual.camera.progress import LearningListener as LearningListener
    from unusual.camera.record import record as record
    from unusual.camera.several import watch as watch
    from unusual.camera.update import update_camera as update_camera
    from unusual.camera.watcher import WatchSettings as WatchSettings
    from unusual.data.datasets import open_dataset as open_dataset
    from unusual.domain import Event as Event
    from unusual.domain import Frame as Frame
    from unusual.domain import ScoreCurve as ScoreCurve
    from unusual.domain import VideoResult as VideoResult
    from unusual.errors import UnusualError as UnusualError
    from unusual.measure.evaluate import evaluate as evaluate
    from unusual.measure.others import compare_foreign as compare_foreign
    from unusual.measure.others import read_foreign as read_foreign
    from unusual.run.checkpoint import load_checkpoint as load_checkpoint
    from unusual.run.config import make_config as make_config
    from unusual.run.fit import CacheLimits as CacheLimits
    from unusual.run.fit import Split as Split
    from unusual.run.fit import fit as fit
    from unusual.run.fit import learn as learn
    from unusual.run.score import Thresholds as Thresholds
    from unusual.run.score import score_video as score_video
    from unusual.scores.hours import Mode as Mode
    from unusual.scores.zones import Zone as Zone
    from unusual.scores.zones import ZoneKind as ZoneKind
    from unusual.store.backup.packing import back_up as back_up
    from unusual.store.backup.restoring import restore as restore
    from unusual.store.events import EventFilter as EventFilter
    from unusual.store.events import EventStore as EventStore
    from unusual.store.home import Home as Home
    from unusual.store.rules.duty import order as order
    from unusual.store.rules.duty import set_hours as set_hours
    from unusual.video.reader import open_video as open_video

# Some libraries report to their makers as soon as they are loaded. Said here, before any is loaded, and handed on to
# every process that is started from here: a tool that looks at people talks to nobody.
os.environ |= {"ORT_DISABLE_TELEMETRY": "1", "RAY_USAGE_STATS_ENABLED": "0"}

PUBLIC = {  # name: where it stands; loaded when it is first used
    "CacheLimits": "run.fit",
    "Event": "domain",
    "EventFilter": "store.events",
    "EventStore": "store.events",
    "Frame": "domain",
    "Home": "store.home",
    "LearnSettings": "camera.learn",
    "LearningListener": "camera.progress",
    "Mode": "scores.hours",
    "Odd": "camera.cuts",
    "ScoreCurve": "domain",
    "Split": "run.fit",
    "Thresholds": "run.score",
    "UnusualError": "errors",
    "VideoResult": "domain",
    "WatchSettings": "camera.watcher",
    "Zone": "scores.zones",
    "ZoneKind": "scores.zones",
    "back_up": "store.backup.packing",
    "compare_foreign": "measure.others",
    "evaluate": "measure.evaluate",
    "export_events": "app.exporting.selection",
    "fit": "run.fit",
    "learn_camera": "camera.learn",
    "load_checkpoint": "run.checkpoint",
    "make_config": "run.config",
    "open_dataset": "data.datasets",
    "open_video": "video.reader",
    "order": "store.rules.duty",
    "read_foreign": "measure.others",
    "read_watch_table": "app.watching",
    "record": "camera.record",
    "restore": "store.backup.restoring",
    "run_watching": "app.watching",
    "score_video": "run.score",
    "set_hours": "store.rules.duty",
    "update_camera": "camera.update",
    "watch": "camera.several",
    "write_report": "app.report.report",
}
DEPRECATED = {"learn": "run.fit"}

__all__ = [*PUBLIC, "__version__"]


def __getattr__(name: str) -> object:
    """Load a name when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("unusual")
    if name in PUBLIC | DEPRECATED:
        return getattr(import_module(f"unusual.{(PUBLIC | DEPRECATED)[name]}"), name)
    raise AttributeError(f"module 'unusual' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
