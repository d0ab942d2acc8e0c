"""A made-up archive of three cameras in segments of a minute, with planted events and all that recorders get wrong.

Each camera has a film of twenty minutes in which whoever walks comes back to where he began, so that it can follow
itself for hours. Segments are copies of its packets; a tag in each makes it another file than the same minute before.
"""

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

CAMERAS = ("gate", "street", "yard")
RATE = 10  # frames a second, if nothing else is said
GOP_S, MINUTE_S, LOOP_MINUTES = 2, 60, 20
HEIGHT, WIDTH = 120, 160
EVENTS_AT = ((3, 20.0), (11, 57.0), (17, 5.0))  # minute of the film, second in it: the second reaches over a cut
EVENT_S = 4
OVERLAP_S, OVERLAP_EVERY, OVERLAP_AT = 10, 97, 46  # that a segment and the one before it both have, now and then
LATER = 7  # minutes of the film that are left out where the clock is set back: an hour, else it would be the same again
BEGIN = datetime(2026, 11, 20, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Planted:
    """An event. places: (end of a path, seconds into that file) of its middle, told by its own file and by the next."""

    places: tuple[tuple[str, float], tuple[str, float]]


@dataclass(slots=True)
class Truth:
    """What an archive holds. frames: of sound files, once each. damaged: files that are broken, of damaged_frames."""

    events: list[Planted] = field(default_factory=list)
    bad: list[Path] = field(default_factory=list)
    damaged: list[Path] = field(default_factory=list)
    frames: int = 0
    damaged_frames: int = 0


def train_film(path: Path, rate: int = RATE, enlarged: int = 1) -> Path:
    """Three minutes in which nothing happens."""
    return _write(path, 3, (), rate, seed=9, enlarged=enlarged)


def make_archive(folder: Path, hours: float, rate: int = RATE, *, enlarged: int = 1, broken: bool = True) -> Truth:
    """Write an archive of so many hours, three cameras together, of so many frames a second; anew each time.

    enlarged: how many times as high and wide as HEIGHT and WIDTH its pictures are.
    """
    shutil.rmtree(folder, ignore_errors=True)
    truth = Truth()
    minutes = max(5, round(hours * 60 / len(CAMERAS)))
    for number, camera in enumerate(CAMERAS):
        film = _write(folder.with_name(f"film-{camera}.mp4"), LOOP_MINUTES, EVENTS_AT, rate, number, enlarged)
        packets, written_to = _packets(film), list[tuple[Path, int, int]]()
        for minute in range(minutes):
            late = broken and camera == "yard" and minute >= minutes // 2
            back, place = timedelta(hours=1) if late else timedelta(), (minute + LATER * late) % LOOP_MINUTES
            path = _name(folder, camera, BEGIN + timedelta(minutes=minute) - back)
            if path.exists():  # the clock was set back onto a second that is taken
                path = path.with_name(path.name.replace("_", "_x", 1))
            before_s = OVERLAP_S if broken and minute % OVERLAP_EVERY == OVERLAP_AT else 0
            if before_s:
                path = _name(folder, camera, BEGIN + timedelta(minutes=minute, seconds=-before_s) - back)
                truth.bad.append(path)
            wanted = range((place * MINUTE_S - before_s) * rate, (place + 1) * MINUTE_S * rate)
            part = [packets[number % len(packets)] for number in wanted]  # before its beginning is its end
            _copy(film, path, part, f"{camera} {minute}", rate)
            written = (BEGIN + timedelta(minutes=minute + 1)).timestamp()
            os.utime(path, (written, written))
            written_to.append((path, before_s, place))
        _note(truth, written_to)
    if broken:
        _break(folder, truth, MINUTE_S * rate)
    truth.frames += MINUTE_S * rate * minutes * len(CAMERAS)
    return truth


def _note(truth: Truth, files: list[tuple[Path, int, int]]) -> None:
    """What was planted in a camera's files. files: seconds shared with the one before, and the minute of the film."""
    for (path, before_s, place), (after, shared_s, _) in pairwise([*files, files[-1]]):
        for at, second in EVENTS_AT:
            if at == place:
                middle_s = second + EVENT_S / 2
                here, there = middle_s + before_s, middle_s + shared_s - MINUTE_S
                truth.events.append(Planted(((_end(path), here), (_end(after), there))))


def _end(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _break(folder: Path, truth: Truth, frames: int) -> None:
    """Damage, empty, double and overlap some of the segments in which nothing was planted."""
    calm = [minute for minute in range(LOOP_MINUTES) if minute not in {at for at, _ in EVENTS_AT} | {5, 6, 12}]
    for camera in CAMERAS[:2]:
        files = sorted((folder / camera).iterdir())
        alone = [n for n in range(len(files)) if n % OVERLAP_EVERY not in (OVERLAP_AT - 1, OVERLAP_AT)]
        chosen = [number for number in alone if number % LOOP_MINUTES in calm][2::37]
        for n, number in enumerate(chosen):
            path, kind = files[number], ("cut", "empty", "flipped", "double")[n % 4]
            data = path.read_bytes()
            if kind == "double":
                shutil.copy2(path, path.with_name(f"copy_{path.name}"))
                truth.bad.append(path.with_name(f"copy_{path.name}"))
                continue
            truth.bad.append(path)
            truth.damaged.append(path)
            truth.frames -= frames
            truth.damaged_frames += frames
            middle = len(data) // 2
            changed = {"cut": data[:middle], "empty": b"", "flipped": data[:middle] + bytes(300) + data[middle + 300 :]}
            path.write_bytes(changed[kind])


def _name(folder: Path, camera: str, when: datetime) -> Path:
    return folder / camera / f"{when:%Y%m%d_%H%M%S}.mp4"


def _write(
    path: Path, minutes: int, events: tuple[tuple[int, float], ...], rate: int, seed: int, enlarged: int
) -> Path:
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    ground = chance.integers(90, 110, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    walkers = [(int(chance.integers(10, HEIGHT - 30)), int(chance.integers(WIDTH))) for _ in range(4)]
    begins = [round((minute * MINUTE_S + second) * rate) for minute, second in events]
    part = path.with_suffix(f".part{path.suffix}")
    with av.open(str(part), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = enlarged * WIDTH, enlarged * HEIGHT, "yuv420p"
        stream.options = {
            "g": str(GOP_S * rate),
            "keyint_min": str(GOP_S * rate),
            "sc_threshold": "0",
            "preset": "ultrafast",
            "crf": "26",
        }
        for n in range(minutes * MINUTE_S * rate):
            rgb = _draw(ground, walkers, n, n // rate)
            for begin in begins:
                if begin <= n < begin + EVENT_S * rate:
                    left = (n - begin) * 13 % (WIDTH - 40)
                    rgb[40:80, left : left + 40] = (250, 240, 10) if (n - begin) % 2 else (10, 10, 60)
            large = rgb.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(large, format="rgb24")))
        container.mux(stream.encode(None))
    return part.replace(path)


def _draw(ground: NDArray[np.uint8], walkers: list[tuple[int, int]], n: int, second: int) -> NDArray[np.uint8]:
    rgb = ground.copy()
    for bit in range(11):  # a clock, as cameras have: else some minutes would be the same to the last bit
        rgb[2:8, 12 * bit : 12 * bit + 8] = 80 if second >> bit & 1 else 120
    for number, (top, start) in enumerate(walkers):
        left = (start + n * (1 + number % 2)) % WIDTH  # round after 160 or 80 frames, so that minutes fit together
        for column in range(left, left + 6):
            rgb[top : top + 14, column % WIDTH] = 60
    return rgb


def _packets(film: Path) -> list[tuple[bytes, bool]]:
    """Of each frame of a film its bytes, and whether it is a key frame; preset ultrafast has no B-frames."""
    with av.open(str(film)) as source:
        return [(bytes(packet), bool(packet.is_keyframe)) for packet in source.demux(video=0) if packet.size]


def _copy(film: Path, path: Path, part: list[tuple[bytes, bool]], tag: str, rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(film)) as source, av.open(str(path), "w") as container:
        container.metadata["comment"] = tag
        stream = container.add_stream_from_template(source.streams.video[0])
        for number, (data, key) in enumerate(part):
            packet = av.Packet(data)
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, rate), stream, key
            packet.duration = 1
            container.mux(packet)
