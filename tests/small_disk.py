"""A disk of some megabytes for tests, that can really be full: a tmpfs, which only root may mount."""

import os
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class Disk:
    """folder: where it is. is_small: whether it can be filled up."""

    def __init__(self, folder, *, is_small=True):
        self.folder, self.is_small, self._filler = folder, is_small, folder / "filler"

    def fill(self, leave=0):
        """Leave so many bytes free, or fewer where others write meanwhile."""
        room = os.statvfs(self.folder)
        with suppress(OSError), self._filler.open("ab") as file:
            file.write(bytes(max(0, room.f_bavail * room.f_frsize - leave)))

    def make_room(self):
        self._filler.unlink()

    def left(self):
        """All that is on it, as paths."""
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p != self._filler)

    def parts(self):
        """What was begun and is not whole."""
        return [path for path in self.left() if Path(path).name.startswith(".") or ".part" in Path(path).name]


def mounted(folder, megabytes):
    """Mount one at a folder, if that is allowed; whether it was."""
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder)]
    return os.geteuid() == 0 and subprocess.run(words, capture_output=True).returncode == 0


@contextmanager
def small_disk(folder, megabytes=4):
    folder.mkdir()
    if not mounted(folder, megabytes):
        pytest.skip("needs leave to mount a small disk: root, outside of a locked container")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
