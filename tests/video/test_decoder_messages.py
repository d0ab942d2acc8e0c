"""What a decoder and its watcher say to each other: whole, in parts, or no message at all."""

import os

import numpy as np
import pytest

from unusual.errors import VideoError
from unusual.video.decoder_messages import ALIVE, Message, MessageKind, MessageReader, write_message


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as sink:
        yield MessageReader(reading), sink
    os.close(reading)


def test_messages_come_out_as_they_went_in(pipe):
    reader, sink = pipe
    picture = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    write_message(sink, Message(MessageKind.FRAME, picture, True, 1.5, 2.5))
    write_message(sink, ALIVE)
    write_message(sink, Message(MessageKind.FAILED, np.frombuffer("bréak".encode(), np.uint8)))
    frame, alive, failed = reader.read(1), reader.read(1), reader.read(1)
    assert (frame.kind, frame.fresh, frame.time_s, frame.utc) == (MessageKind.FRAME, True, 1.5, 2.5)
    assert np.array_equal(frame.body, picture)
    assert alive.kind is MessageKind.ALIVE and failed.text == "bréak"
    assert reader.read(0) is None
    sink.close()
    with pytest.raises(EOFError):
        reader.read(1)


def test_a_message_in_parts_is_kept_until_it_is_whole(pipe, tmp_path):
    reader, sink = pipe
    with (tmp_path / "message").open("wb") as file:
        write_message(file, Message(MessageKind.ENDED, np.frombuffer(b"word", np.uint8)))
    for byte in (tmp_path / "message").read_bytes():
        assert reader.read(0) is None
        os.write(sink.fileno(), bytes([byte]))
    assert reader.read(0).text == "word"


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda head: b"JUNK" + head[4:], id="another mark"),
        pytest.param(lambda head: head[:4] + b"\x09" + head[5:], id="an unknown kind"),
        pytest.param(lambda head: head[:12] + b"\x01" + head[13:], id="a size that is not the picture's"),
    ],
)
def test_what_is_no_message_is_refused(pipe, tmp_path, change):
    reader, sink = pipe
    with (tmp_path / "message").open("wb") as file:
        write_message(file, Message(MessageKind.FRAME, np.zeros((2, 2, 3), np.uint8)))
    os.write(sink.fileno(), change((tmp_path / "message").read_bytes()))
    with pytest.raises(VideoError, match="no message"):
        reader.read(1)
