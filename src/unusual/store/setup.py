"""A camera that is being set up in the dashboard, home/setups/NAME: what was said of it, and what is asked.

setup.json      what was said: for its owner alone, as an address holds a password
questions.json  the odd moments that whoever learns asks about, with odd-N.jpg and odd-N.mp4; answers.json what was said
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from typing import Annotated, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from unusual.errors import DataError
from unusual.files import write_private, write_text
from unusual.store.home import Home

SETUP, QUESTIONS, ANSWERS, PICTURE = "setup.json", "questions.json", "answers.json", "picture.jpg"
Said = Literal["ordinary", "unusual", "aside"]
Told = TypeVar("Told")
Else = TypeVar("Else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What was said of a camera. source: as `unusual watch` takes it. record_s: seconds of it that are recorded.

    paths: files and folders of this machine to learn from beside what was uploaded.
    """

    camera: str
    source: str = field(repr=False)
    record_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Whether what odd-`number`.jpg shows is ordinary. key: the moment, the same however often it is asked.

    where: in words. boxed: whether it is in a box. clip: whether there is odd-`number`.mp4.
    """

    number: int
    key: str
    where: str
    boxed: bool
    clip: bool


_SETUP, _QUESTIONS = TypeAdapter(Setup), TypeAdapter(tuple[Question, ...])
_ANSWERS = TypeAdapter(dict[str, Said])


def write_setup(home: Home, setup: Setup) -> None:
    """Keep what was said. Raises OutputError; DataError for the name."""
    write_private(home.setup(setup.camera) / SETUP, _SETUP.dump_json(setup).decode() + "\n")


def read_setup(home: Home, camera: str) -> Setup | None:
    """What was said; None where there is nothing, or nothing that can be read. Raises DataError for the name."""
    return _read(_SETUP, home.setup(camera) / SETUP, None)


def setups_of(home: Home) -> list[str]:
    """The cameras that are being set up, in the order of the alphabet."""
    found = [folder.name for folder in home.setups() if (folder / SETUP).is_file()]
    return sorted(found)


def forget_setup(home: Home, camera: str) -> None:
    """Forget what was said; footage and model stay."""
    rmtree(home.setup(camera), ignore_errors=True)


def ask(home: Home, camera: str, questions: tuple[Question, ...]) -> None:
    """Put questions, or with none take them back. Raises OutputError."""
    write_text(home.setup(camera) / QUESTIONS, _QUESTIONS.dump_json(questions).decode())


def questions_of(home: Home, camera: str) -> tuple[Question, ...]:
    """What is asked and has not been answered."""
    asked, said = _read(_QUESTIONS, home.setup(camera) / QUESTIONS, tuple[Question, ...]()), answers_of(home, camera)
    return tuple(question for question in asked if question.key not in said)


def answer(home: Home, camera: str, answers: Mapping[str, Said]) -> None:
    """Keep answers, by the keys of their questions. Raises DataError for what was not asked, OutputError."""
    if strange := answers.keys() - {question.key for question in questions_of(home, camera)}:
        raise DataError(f"nobody asks about {min(strange)!r:.60}, or no longer")
    said = _ANSWERS.dump_json({**answers_of(home, camera), **answers}).decode()
    write_text(home.setup(camera) / ANSWERS, said)


def answers_of(home: Home, camera: str) -> dict[str, Said]:
    """All answers, by the keys of their questions."""
    return _read(_ANSWERS, home.setup(camera) / ANSWERS, {})


def _read(kind: TypeAdapter[Told], file: Path, without: Else) -> Told | Else:
    try:
        return kind.validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return without
