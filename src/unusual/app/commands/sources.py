"""What people name on the command line -> videos."""

from collections.abc import Sequence
from pathlib import Path

from unusual.data.datasets import VIDEOS
from unusual.errors import VideoError
from unusual.video.reader import IMAGES, natural_order


def expand(named: Sequence[str | Path]) -> list[str]:
    """A folder of videos stands for the videos in it, in natural order; all else for itself.

    Raises:
        VideoError: a folder is empty, or holds both pictures and videos.
    """
    videos: list[str] = []
    for name in named:
        folder = Path(name)
        if not folder.is_dir() or holds_frames(folder):
            if folder.is_dir() and (film := next((p for p in folder.iterdir() if p.suffix.lower() in VIDEOS), None)):
                raise VideoError(f"{folder} holds pictures, and videos as {film.name} too: move one kind elsewhere")
            videos.append(str(name))
            continue
        inside = natural_order(path for path in folder.iterdir() if not path.name.startswith("."))
        if not inside:
            raise VideoError(f"{folder} is empty: give a folder of videos or of frames")
        videos += map(str, inside)
    return videos


def holds_frames(folder: Path) -> bool:
    """Whether a folder is one video, kept frame by frame."""
    return any(path.suffix.lower() in IMAGES for path in folder.iterdir())
