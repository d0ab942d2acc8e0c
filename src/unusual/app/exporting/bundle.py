"""Events as one ZIP file that is looked at anywhere: clips, pictures, curves, a table, and a page that opens offline.

index.html                      what there is, in words, with everything below it in it
events.csv                      see table.py
0001-entrance-20261130-091200/  clip.mp4, the pictures and curve.json of an event
"""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from unusual.app.dashboard.views.clip_curve import ClipCurve, clip_curve
from unusual.app.dashboard.views.words import VERDICTS, moment, often_words, score_words
from unusual.app.exporting.boxed import write_boxed_clip
from unusual.app.exporting.table import csv_of
from unusual.app.pages import templates
from unusual.errors import DataError, UnusualError
from unusual.files import scratch_folder, whole_file
from unusual.scores.wording import duration
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.media import CLIP

KINDS = {".html": ZIP_DEFLATED, ".csv": ZIP_DEFLATED, ".json": ZIP_DEFLATED}  # the rest is small already
OLDEST = (1980, 1, 1, 0, 0, 0)  # that a ZIP file can say
Tell = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Packed:
    """What came of it. lacking: the ids of events whose clip there was, and could not be packed."""

    events: int
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Shown:
    """An event on the page. folder: in the ZIP file, with these files."""

    event: StoredEvent
    folder: str
    files: tuple[str, ...]
    curve: ClipCurve | None
    start: str
    length: str
    score: str
    often: str
    verdict: str


def write_bundle(
    path: Path,
    home: Home,
    events: Iterable[StoredEvent],
    zone: tzinfo,
    *,
    boxes: bool = False,
    tell: Tell = lambda packed: None,
) -> Packed:
    """Write the ZIP file, whole or not at all. Hold the home meanwhile, see `store/keeping/hold.py`.

    boxes: clips have a box drawn where it is unusual. tell: is told how many events are packed; it may raise to stop.

    Raises:
        OutputError: `path` cannot be written.
    """
    chosen, shown, lacking = list(events), list[_Shown](), list[str]()
    now = moment(datetime.now().timestamp(), zone)
    with whole_file(path) as part, ZipFile(part, "w") as file, scratch_folder(path.parent / "clips") as scratch:
        for number, event in enumerate(chosen, start=1):
            folder = f"{number:04}-{event.camera}-{moment(event.start_utc, zone):%Y%m%d-%H%M%S}"
            found = _files(home, event, boxes, scratch, lacking)
            for name, source in found.items():
                _add(file, f"{folder}/{name}", source.read_bytes(), moment(event.start_utc, zone))
            shown.append(_shown(home, event, folder, tuple(found), zone))
            tell(number)
        _add(file, "events.csv", "".join(csv_of(chosen, zone)).encode(), now)
        page = templates("unusual.app.exporting").get_template("bundle.html.j2")
        words = page.render(events=shown, now=f"{now:%Y-%m-%d %H:%M %Z}", boxes=boxes)
        _add(file, "index.html", words.encode(), now)
    return Packed(len(chosen), tuple(lacking))


def _files(home: Home, event: StoredEvent, boxes: bool, scratch: Path, lacking: list[str]) -> dict[str, Path]:
    """What there is of an event, by the name that it has in the ZIP file."""
    folder = home.event(event.id)
    found = {name: folder / name for name in event.media if re.fullmatch(r"[a-z]+\.(jpg|json|mp4)", name)}
    if boxes and CLIP in found:
        try:
            write_boxed_clip(home, event, scratch / CLIP)
            found[CLIP] = scratch / CLIP
        except DataError:
            lacking.append(event.id)
            del found[CLIP]
    return {name: file for name, file in found.items() if file.is_file() and not file.is_symlink()}


def _shown(home: Home, event: StoredEvent, folder: str, files: tuple[str, ...], zone: tzinfo) -> _Shown:
    curve = None
    with suppress(UnusualError):
        curve = clip_curve(home, event)
    return _Shown(
        event,
        folder,
        files,
        curve,
        f"{moment(event.start_utc, zone):%A %d %B %Y, %H:%M:%S}",
        "going on" if event.end_utc is None else duration(event.end_utc - event.start_utc),
        score_words(event.score),
        often_words(event.per_day),
        VERDICTS[event.verdict].label if event.verdict else "",
    )


def _add(file: ZipFile, name: str, content: bytes, at: datetime) -> None:
    entry = ZipInfo(name, max(OLDEST, at.timetuple()[:6]))
    entry.external_attr = 0o600 << 16  # it shows people
    entry.compress_type = KINDS.get(Path(name).suffix, ZIP_STORED)
    file.writestr(entry, content)
