"""What was said of a camera that is being set up, and what is asked: kept, and for its owner alone."""

import stat

import pytest

from unusual.errors import DataError
from unusual.store.home import Home
from unusual.store.setup import (
    SETUP,
    Question,
    Setup,
    answer,
    answers_of,
    ask,
    forget_setup,
    questions_of,
    read_setup,
    setups_of,
    write_setup,
)

SECRET = "rtsp://me:secret@gate/1"
ASKED = tuple(Question(n, f"monday.mp4 {n}", "at noon", boxed=True, clip=False) for n in (1, 2))


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path)
    write_setup(home, Setup(camera="gate", source=SECRET, record_s=600.0))
    return home


def test_what_was_said_is_read_again_and_only_its_owner_may(home):
    told = read_setup(home, "gate")
    assert (told.source, told.record_s, told.paths) == (SECRET, 600.0, ())
    assert stat.S_IMODE((home.setup("gate") / SETUP).stat().st_mode) == 0o600
    assert "secret" not in repr(told)
    assert setups_of(home) == ["gate"]


def test_what_is_not_there_or_not_ours_reads_as_nothing(home):
    assert read_setup(home, "yard") is None
    (home.setup("gate") / SETUP).write_text("{")
    assert read_setup(home, "gate") is None
    with pytest.raises(DataError, match="camera's name"):
        read_setup(home, "../gate")


def test_a_question_is_asked_until_it_is_answered(home):
    assert questions_of(home, "gate") == ()
    ask(home, "gate", ASKED)
    answer(home, "gate", {ASKED[0].key: "ordinary"})
    assert questions_of(home, "gate") == ASKED[1:]
    answer(home, "gate", {ASKED[1].key: "unusual"})
    assert questions_of(home, "gate") == ()
    assert answers_of(home, "gate") == {ASKED[0].key: "ordinary", ASKED[1].key: "unusual"}


def test_what_nobody_asks_is_no_answer(home):
    ask(home, "gate", ASKED[:1])
    with pytest.raises(DataError, match="nobody asks about 'monday"):
        answer(home, "gate", {ASKED[0].key: "ordinary", ASKED[1].key: "ordinary"})
    assert answers_of(home, "gate") == {}


def test_it_is_forgotten(home):
    forget_setup(home, "gate")
    assert setups_of(home) == [] and read_setup(home, "gate") is None
