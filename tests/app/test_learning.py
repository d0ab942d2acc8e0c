"""The learning of a camera in the terminal: what is asked of whom, and which answers are understood."""

import io
from pathlib import Path

import pytest

from unusual.app.learning import LearningWords
from unusual.camera.cuts import Odd, OddStretch
from unusual.domain import Box

STRETCH = OddStretch(Path("in/monday.mp4"), 50, 75, 60, 4.0, Box(0, 0, 0.5, 0.5))


class Person(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("y\n", Odd.ORDINARY),
        (" Yes \n", Odd.ORDINARY),
        ("No\n", Odd.UNUSUAL),
        ("\n", Odd.ASIDE),
        ("perhaps\n", Odd.ASIDE),
        pytest.param("", Odd.ASIDE, id="the terminal was closed"),
        pytest.param(None, Odd.ASIDE, id="nobody is there"),
    ],
)
def test_a_person_is_asked_where_there_is_one(monkeypatch, capsys, answer, meant):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n") if answer is None else Person(answer))
    with LearningWords.shown() as words:
        assert words.decide([STRETCH], 5.0, Path("thumbs")) == [meant]
    asked = "1 of 1: is what thumbs/odd-1.jpg shows in its box ordinary (monday.mp4, 12 s from its start)?"
    assert (asked in capsys.readouterr().out) == (answer is not None)


def test_all_that_are_left_may_be_called_ordinary_at_once(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", Person("n\nAll\n"))
    with LearningWords.shown() as words:
        assert words.decide([STRETCH] * 4, 5.0, Path()) == [Odd.UNUSUAL, *[Odd.ORDINARY] * 3]
    assert "2 of 4" in (said := capsys.readouterr().out) and "3 of 4" not in said


def test_it_prints_what_it_hears(capsys):
    with LearningWords.shown() as words:
        words.stage("looking")
        words.recording("rtsp://gate", 1.0, 2.0)
        words.step(0.5, 0.1)
        words.note("a [line]")
        words.warn("a problem")
    assert capsys.readouterr().err.splitlines() == ["looking ...", "a [line]", "warning: a problem"]
