"""Watching that the dashboard has begun: one process for all cameras of its list, so that each alert is sent once."""

from unusual.app.setup.jobs import Job
from unusual.app.setup.watch_list import list_camera, read_list, unlist_camera
from unusual.errors import UnusualError
from unusual.store.home import Home
from unusual.video.source import Source

ENDING_S = 20.0  # that the cameras may take to end


def watching(home: Home) -> Job:
    """The process that watches."""
    return Job(home, "watching")


def begin_watching(home: Home, camera: str, source: str = "") -> None:
    """Have a camera watched, with all others that are. source: where it is, "" for where it was.

    Raises:
        ConfigError, OutputError: it cannot be begun.
    """
    if source:
        list_camera(home, camera, source)
    begin_again(home)


def begin_again(home: Home) -> None:
    """Begin anew with what the list says now; nothing where it names no camera. Raises ConfigError, OutputError."""
    job = watching(home)
    job.end(ENDING_S)
    if read_list(home).cameras:
        job.start("watch")
    else:
        job.forget()


def end_watching(home: Home, camera: str) -> None:
    """Have a camera watched no more; the others are. Raises ConfigError, OutputError."""
    unlist_camera(home, camera)
    begin_again(home)


def go_on_watching(home: Home) -> str:
    """Begin again what was watched when the machine was switched off; in words what is wrong, "" where nothing is."""
    job = watching(home)
    try:
        if job.was_begun and job.pid is None:
            begin_again(home)
    except UnusualError as error:
        return str(error)
    return ""


def where_of(home: Home, camera: str) -> Source | None:
    """Where a camera of the list is; None where it is none, or its address is kept elsewhere."""
    try:
        listed = read_list(home).cameras.get(camera)
    except UnusualError:
        return None
    return Source.of(listed.source) if listed and listed.source else None
