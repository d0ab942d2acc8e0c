"""A made-up archive: one film, and the same film cut into segments as a recorder does."""

from datetime import UTC, datetime, timedelta

import av
import numpy as np
import pytest

BEGIN = datetime(2026, 11, 20, 14, 0, tzinfo=UTC)
RATE, GOP = 10, 20


def write_film(path, values, size=(64, 48)):
    """A film whose frames are as bright as the values say, with a square that moves; B-frames, a key frame each 2 s."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        stream.options = {"g": str(GOP), "bf": "2", "keyint_min": str(GOP), "sc_threshold": "0", "preset": "ultrafast"}
        for n, value in enumerate(values):
            rgb = np.full((size[1], size[0], 3), value, np.uint8)
            rgb[20:30, n % 40 : n % 40 + 10] = 255 - value
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def copy_groups(path, out, first, last):
    """The groups of pictures [first, last) of a film, copied as a recorder cuts."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path)) as source, av.open(str(out), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        number, start = -1, None
        for packet in source.demux(video=0):
            number += packet.is_keyframe
            if packet.size and first <= number < last:
                start = packet.dts if start is None else start
                packet.pts, packet.dts, packet.stream = packet.pts - start, packet.dts - start, stream
                container.mux(packet)
    return out


def segment(path, folder, first, last, camera="yard", shift_s=0.0):
    """A segment of a film, named as Shinobi does."""
    when = BEGIN + timedelta(seconds=first * GOP / RATE + shift_s)
    return copy_groups(path, folder / camera / f"{when:%Y-%m-%dT%H-%M-%S}.mp4", first, last)


@pytest.fixture(scope="session")
def values():
    """Calm, but for two bright stretches: one lies across a cut."""
    calm = np.random.default_rng(0).integers(20, 60, 400)
    calm[115:128], calm[263:270] = 200, 240
    return calm


@pytest.fixture(scope="session")
def film(tmp_path_factory, values):
    return write_film(tmp_path_factory.mktemp("film") / "yard.mp4", values)


@pytest.fixture(scope="session")
def segments(tmp_path_factory, film):
    """Twenty groups in segments of two each, of 4 s."""
    folder = tmp_path_factory.mktemp("archive")
    for first in range(0, 20, 2):
        segment(film, folder, first, first + 2)
    return folder
