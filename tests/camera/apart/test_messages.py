"""A message arrives as it was sent, in one line; an error is raised as what it was."""

import pytest

from unusual.camera.apart.messages import Raised, Reply, Said, SaidKind, Task, from_line, to_line
from unusual.camera.several import Watched
from unusual.camera.watcher import WatchSettings
from unusual.errors import DataError, UnusualError
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.live import Frames, Outage
from unusual.video.capture import Pace

CORNER = Zone(ZoneKind.IGNORE, ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)))
SECRET = WatchSettings(
    "a", "rtsp://user:word@host/1", Pace.LIVE, None, zones=(CORNER,), hours=("mon 08:00-18:00 armed",)
)
OVER = Watched("a", Frames(5, 4, 1, 0), 2, 1, ended=True)


@pytest.mark.parametrize(
    "message",
    [
        Task("/home", (SECRET,), 3, 60.0),
        Said(SaidKind.ALARM, number=4, event="20261201-aa"),
        Said(SaidKind.OUTAGE, outage=Outage("a", "dark", "it is dark", 12.5)),
        Said(SaidKind.OVER, watched=(OVER,), trouble=Raised("DataError", "no")),
        Reply(4, told=False, trouble=Raised("OutputError", "full")),
    ],
    ids=["task", "alarm", "outage", "over", "answer"],
)
def test_messages_arrive_as_they_were_sent(message):
    line = to_line(message)
    assert line.count(b"\n") == 1
    assert from_line(line, type(message)) == message


def test_an_error_is_raised_as_what_it_was():
    assert isinstance(Raised.of(DataError("no")).error(), DataError)
    assert type(Raised.of(KeyError("no")).error()) is UnusualError
