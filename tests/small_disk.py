"""A disk of some megabytes for tests, that can really be full: a tmpfs, which only root may mount."""

import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    """folder: where it is."""

    def __init__(self, folder):
        self.folder, self._filler = folder, folder / "filler"

    def fill(self, leave=0):
        """Leave so many bytes free."""
        room = os.statvfs(self.folder)
        with self._filler.open("ab") as file:
            file.write(bytes(max(0, room.f_bavail * room.f_frsize - leave)))

    def make_room(self):
        self._filler.unlink()

    def left(self):
        """All that is on it, as paths."""
        return sorted(str(p.relative_to(self.folder)) for p in self.folder.rglob("*") if p != self._filler)

    def parts(self):
        """What was begun and is not whole."""
        return [path for path in self.left() if Path(path).name.startswith(".") or ".part" in Path(path).name]


@contextmanager
def small_disk(folder, megabytes=4):
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(words, capture_output=True).returncode:
        pytest.skip("needs leave to mount a small disk: root, outside of a locked container")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
