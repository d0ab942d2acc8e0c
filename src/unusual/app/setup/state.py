"""Where a camera stands on its way from its address to its first alarm; and what a person may say on that way."""

import signal
from dataclasses import dataclass
from enum import StrEnum

from unusual.app.setup.jobs import Job
from unusual.app.setup.uploads import uploaded
from unusual.camera.record import recorded
from unusual.errors import ConfigError
from unusual.store.home import Home
from unusual.store.live import Learning, read_learning
from unusual.store.setup import Setup, questions_of, read_setup

STOPPED = "stopped; what was finished is kept"  # what a command ends with that was stopped


class SetupStep(StrEnum):
    """What is next: footage is to be named, it is learnt, a person is asked, it ended before its time, it is learnt."""

    FOOTAGE = "footage"
    LEARNING = "learning"
    ASKED = "asked"
    ENDED = "ended"
    LEARNT = "learnt"


@dataclass(frozen=True, slots=True)
class CameraStanding:
    """Where a camera stands. setup: None of a camera that was learnt by the command line.

    learning: how far that is. why: it ended before its time. recorded_s: seconds of it on the disk. uploads: name and
    bytes of what was uploaded. questions: how many wait for an answer.
    """

    camera: str
    step: SetupStep
    setup: Setup | None
    learning: Learning | None
    why: str
    recorded_s: float
    uploads: tuple[tuple[str, int], ...]
    questions: int

    @classmethod
    def of(cls, home: Home, camera: str) -> "CameraStanding | None":
        """None where there is no such camera. Raises DataError for the name."""
        setup, learnt, job = read_setup(home, camera), home.card(camera).exists(), learning_of(home, camera)
        if setup is None and not learnt:
            return None
        alive, questions, why = job.pid is not None, len(questions_of(home, camera)), ""
        if learnt:
            step = SetupStep.LEARNT
        elif alive:
            step = SetupStep.ASKED if questions else SetupStep.LEARNING
        else:
            step, why = (SetupStep.ENDED, job.last_words) if job.was_begun else (SetupStep.FOOTAGE, "")
        files = tuple((file.name, file.stat().st_size) for file in uploaded(home.uploads(camera)))
        recorded_s = recorded(home.footage(camera) / "1")[1]
        learning = read_learning(home, camera) if alive else None
        return cls(camera, step, setup, learning, why, recorded_s, files, questions)

    @property
    def was_stopped(self) -> bool:
        """Whether a person has ended it."""
        return self.why == STOPPED


def learning_of(home: Home, camera: str) -> Job:
    """The process that learns a camera."""
    return Job(home, f"learning-{camera}")


def begin_learning(home: Home, setup: Setup) -> None:
    """Learn, or go on learning, in a process of its own. Raises ConfigError, OutputError where it cannot begin."""
    learning_of(home, setup.camera).start("setup", setup.camera)


def end_recording(home: Home, camera: str) -> float:
    """Learn from what was recorded so far; returns how many seconds of the camera are wanted from now on.

    Raises:
        ConfigError: nothing is being recorded.
    """
    standing = CameraStanding.of(home, camera)
    told = standing.learning if standing else None
    if standing is None or standing.setup is None or told is None or told.stage != "recording":
        raise ConfigError("nothing is being recorded now")
    learning_of(home, camera).tell(signal.SIGINT)
    return max(1.0, standing.setup.record_s * (told.done or 0.0))


def end_learning(home: Home, camera: str) -> None:
    """Stop; what was recorded, uploaded and answered stays, and a training that was begun can go on."""
    learning_of(home, camera).end(within_s=10.0)
