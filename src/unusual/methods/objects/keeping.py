"""The objects of videos, found once and kept on disk, whatever is learnt of them."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

import numpy as np

from unusual.errors import OutputError
from unusual.methods.objects.detector import RGB
from unusual.methods.objects.objects import ObjectFinder, Objects, load_objects, save_objects

RULES = 2  # raise it when other objects come of the same settings: what was kept before is then left alone


class KeptObjects:
    """Finds the objects of one video's frames, or knows them from an earlier reading by the same networks and rules.

    folder: of what is kept of this video; None keeps nothing. rate: frames a second. ground: of its place, as of
    `Foreground`.
    """

    def __init__(self, finder: ObjectFinder, folder: Path | None, rate: float, ground: RGB | None = None) -> None:
        self._finder, self._foreground = finder, finder.foreground(rate, ground)
        seen = "" if ground is None else hashlib.sha256(ground.tobytes()).hexdigest()
        name = hashlib.sha256(json.dumps([RULES, finder.rules, seen]).encode()).hexdigest()[:24]
        self._file = folder / f"objects-{name}.npz" if folder else None
        self._known = (load_objects(self._file) if self._file else None) or {}
        self._news = False

    def find(self, index: int, before: RGB, frame: RGB, after: RGB) -> Objects:
        """The objects of frame `index`; see `ObjectFinder.find`."""
        if index not in self._known:
            standing_out = self._foreground.find(index, frame) if self._foreground else None
            found = self._finder.find(before, frame, after, standing_out)
            if self._file is None:
                return found
            self._known[index], self._news = found, True
        return self._known[index]

    @property
    def ground(self) -> RGB:
        """The ground as `Foreground` knows it by now; empty where nobody looked for it."""
        return self._foreground.ground if self._foreground else np.empty((0, 0, 3), np.uint8)

    def keep(self, *, whole: bool) -> None:
        """Keep what was found. A cache that cannot be written costs time the next time, and nothing else.

        whole: whether the video was read to its end. If not, nothing is kept where who stands out from the ground was
        found: whoever goes on from there does not know the ground.
        """
        if self._file and self._news and (whole or self._foreground is None):
            with suppress(OutputError):
                save_objects(self._file, self._known)
