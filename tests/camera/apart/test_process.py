"""The end of a process that watches for another: what it asks is answered, and nothing is awaited of who is gone."""

import io
import threading
import time

import pytest

from unusual.camera.apart.messages import Raised, Reply, Said, SaidKind, from_line, to_line
from unusual.camera.apart.process import Parent
from unusual.errors import OutputError
from unusual.store.live import Outage

DARK = Outage("door", "dark", "it is dark", 12.0)


class Pipe(io.BytesIO):
    """Keeps what was said, line by line."""

    def said(self):
        return [from_line(line, Said) for line in self.getvalue().splitlines()]


def asked(pipe, replies):
    """A parent whose replies come as soon as something was asked."""
    parent = Parent(pipe)

    def answers():
        for reply in replies:
            while not pipe.said():
                time.sleep(0.005)
            yield to_line(reply)

    threading.Thread(target=parent.listen, args=(answers(),), daemon=True).start()
    return parent


@pytest.mark.parametrize("told", [True, False])
def test_whether_somebody_was_told_of_an_outage_comes_back(told):
    pipe = Pipe()
    assert asked(pipe, [Reply(1, told)]).outage(DARK) is told
    assert pipe.said() == [Said(SaidKind.OUTAGE, number=1, outage=DARK)]


def test_what_telling_raised_is_raised_here():
    with pytest.raises(OutputError, match="the disk is full"):
        asked(Pipe(), [Reply(1, told=False, trouble=Raised("OutputError", "the disk is full"))]).outage(DARK)


def test_who_is_gone_answers_nobody_and_is_awaited_by_nobody():
    parent = asked(Pipe(), [])
    parent.gone.wait(5)
    assert parent.outage(DARK) is False
    pipe = Pipe()
    waiting = asked(pipe, [Reply(7)])  # of another question, and then no more
    assert waiting.outage(DARK) is False


def test_what_is_said_to_a_broken_pipe_is_lost_and_no_error():
    class Broken(io.BytesIO):
        def write(self, _):
            raise BrokenPipeError

    Parent(Broken()).tell(SaidKind.WARN)("nobody hears this")
