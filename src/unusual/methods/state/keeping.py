"""STATE's cubes of training videos, cut once and kept on disk."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import numpy as np

from unusual.errors import ConfigError, OutputError
from unusual.files import whole_folder
from unusual.methods.footage import Footage
from unusual.methods.objects.keeping import RULES, KeptObjects
from unusual.methods.objects.objects import ObjectFinder
from unusual.methods.objects.tracks import Tracker
from unusual.methods.state.cubes import ObjectCubes, Picture, cut_cubes
from unusual.methods.state.settings import StateConfig
from unusual.video.cache import cache_key, kept_of
from unusual.video.flow import FlowEstimator
from unusual.video.reader import open_video

FORMAT = 2  # raise it when other rows come of the same settings: what was kept before is then left alone
FRAME, BOX, TRACK, FLOW, RGB = "frame.i64", "box.f32", "track.i64", "flow.f16", "rgb.u8"  # a row an object
RATE = 10.0  # frames a second, where no memory tells how many they are
WHOLE = "whole.json"  # the last file to take its place

Cut = Callable[[Iterable[Picture]], Iterator[ObjectCubes]]


class Cutter:
    """Cuts the cubes of videos by STATE's settings.

    Raises:
        ConfigError: the detector or the flow network is not at hand, or not the one that was trained with.
    """

    def __init__(self, config: StateConfig, finder: ObjectFinder | None = None) -> None:
        """Make one. finder: of the objects, where there is one that looks for others too."""
        self.cubes, self.network, self._tracks, self._memory = (
            config.cubes,
            config.network,
            config.tracks,
            config.score.memory,
        )
        self.finder, self.flow = finder or ObjectFinder(config.objects), FlowEstimator(config.flow)
        self._flow = asdict(config.flow) | {"network": "", "sha256": self.flow.digest}

    def cut(self, pictures: Iterable[Picture], kept: Path | None, step: int) -> Iterator[ObjectCubes]:
        """The cubes of every `step`-th frame; the objects are kept in `kept`, also where reading stops early.

        Where scores have a memory, they are followed: it is about a second.
        """
        tracker = Tracker(self._tracks, self._memory / step) if self._memory else None
        objects = KeptObjects(self.finder, kept, self._memory or RATE)
        whole = False
        try:
            yield from cut_cubes(
                pictures,
                objects.find,
                self.flow.between,
                self.cubes,
                context=self.network.context,
                step=step,
                tracker=tracker,
            )
            whole = True
        finally:
            objects.keep(whole=whole)

    def footage(self, video: Path, cache: Path, most_bytes: int) -> tuple[Footage, tuple[str, ...]]:
        """The cubes of every `cubes.train_step`-th frame. Raises as `cubes_of`."""
        followed = (asdict(self._tracks), self._memory) if self._memory else ()
        cubes = asdict(self.cubes) | {"step": 0}
        rules = (FORMAT, RULES, self.finder.rules, followed, self._flow, cubes, self.network.context)

        def cut(pictures: Iterable[Picture]) -> Iterator[ObjectCubes]:
            return self.cut(pictures, kept_of(video, cache), self.cubes.train_step)

        shape = (self.network.frames, self.cubes.patch, self.cubes.patch)
        return cubes_of(video, cache / cache_key(video, *rules), cut, shape, most_bytes)


def cubes_of(
    video: Path, folder: Path, cut: Cut, shape: tuple[int, int, int], most_bytes: int
) -> tuple[Footage, tuple[str, ...]]:
    """The cubes of a training video, cut now or found in `folder`; mapped from disk. Also the problems of reading it.

    Args:
        cut: pictures -> cubes.
        shape: (2T+1, S, S) of a cube.

    Raises:
        VideoError: the video cannot be read.
        ConfigError: they would take more than `most_bytes`; nothing is left behind then.
        OutputError: no space or no permission.
    """
    kept = _kept(video.name, folder, shape)
    if kept is None:
        _store(video, folder, cut, most_bytes)
        kept = _kept(video.name, folder, shape)
    if kept is None:
        raise OutputError(f"the cache folder {folder} does not keep what is written")
    return kept


def _kept(name: str, folder: Path, shape: tuple[int, int, int]) -> tuple[Footage, tuple[str, ...]] | None:
    """What `_store` wrote; None where there is nothing, or a part of it."""
    try:
        notes = json.loads((folder / WHOLE).read_text(encoding="utf-8"))
        rows, frames, problems = int(notes["rows"]), int(notes["frames"]), tuple(map(str, notes["problems"]))
        frame, track = (np.fromfile(folder / each, np.int64) for each in (FRAME, TRACK))
        box = np.fromfile(folder / BOX, np.float32).reshape(-1, 4)
        rgb, flow = np.zeros((0, *shape, 3), np.uint8), np.zeros((0, *shape, 2), np.float16)
        if rows:  # an empty file cannot be mapped
            rgb = np.memmap(folder / RGB, np.uint8, "r").reshape(-1, *shape, 3)
            flow = np.memmap(folder / FLOW, np.float16, "r").reshape(-1, *shape, 2)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if {len(each) for each in (frame, box, track, rgb, flow)} != {rows}:
        return None
    return Footage(name, frames, frame, rgb, flow, box, track, tuple(notes.get("seams", ()))), problems


def _store(video: Path, folder: Path, cut: Cut, most_bytes: int) -> None:
    size = rows = 0
    with whole_folder(folder) as part, open_video(video) as opened:
        with ExitStack() as closing:
            files = {name: closing.enter_context((part / name).open("wb")) for name in (FRAME, BOX, TRACK, FLOW, RGB)}
            for cubes in cut(seen.rgb for seen in opened):
                files[FRAME].write(np.full(len(cubes), cubes.index, np.int64).tobytes())
                files[BOX].write(cubes.boxes.tobytes())
                files[TRACK].write(cubes.tracks.tobytes())
                files[FLOW].write(cubes.flow.astype(np.float16).tobytes())
                files[RGB].write(cubes.rgb.tobytes())
                size += cubes.rgb.nbytes + cubes.flow.nbytes // 2
                rows += len(cubes)
                if size > most_bytes:
                    raise ConfigError(
                        f"the cubes of {video} need more than the {most_bytes / 1e9:.1f} GB left of the cache: "
                        "raise cubes.train_step, give fewer or shorter videos, or a larger --cache-gb"
                    )
        notes = {
            "rows": rows,
            "frames": opened.report.decoded,
            "problems": opened.report.problems,
            "seams": opened.seams,
        }
        (part / WHOLE).write_text(json.dumps(notes), encoding="utf-8")
