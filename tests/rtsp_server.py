"""A camera for tests: GStreamer's RTSP server on loopback, a process of its own that can be killed and frozen.

Run by the system's Python, which has GStreamer's bindings; the tests' Python starts it through `RtspServer`. A film is
a folder of H.264 pictures, 000000.h264 and on, sent round and round at 25 a second.
"""

import itertools
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

PYTHON = "/usr/bin/python3"
NEEDED = (
    "needs GStreamer's RTSP server: "
    "apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good"
)
RATE = 25
PIPELINE = """(
    appsrc name=film format=time block=true max-bytes=100000
        caps=video/x-h264,stream-format=byte-stream,alignment=au
    ! rtph264pay name=pay0 config-interval=-1
)"""


class RtspServer:
    """Serves films, {mount: folder of `write_film`}, on a port that stays the same over kill and start."""

    def __init__(self, films):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.films = films

    def url(self, mount):
        return f"rtsp://127.0.0.1:{self.port}/{mount}"

    def start(self):
        words = [PYTHON, __file__, str(self.port), *(f"{mount}={folder}" for mount, folder in self.films.items())]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert self._process.stdout.readline() == b"ready\n"

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def freeze(self):
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


def write_film(folder, pictures):
    """Add pictures, (H, W, 3) uint8 each, to a film; they may be of another size than those before."""
    import av  # the system's Python has none

    folder.mkdir(exist_ok=True)
    number = len(list(folder.iterdir()))
    encoder = av.CodecContext.create("libx264", "w")
    encoder.height, encoder.width = pictures[0].shape[:2]
    encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, RATE)
    encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "g": "12", "slices": "1"}
    encoder.thread_count = 1  # with more, a picture is cut into slices, and the server takes each for a picture
    frames = [av.VideoFrame.from_ndarray(rgb, format="rgb24") for rgb in pictures]
    for frame in [*frames, None]:
        for packet in encoder.encode(frame):
            (folder / f"{number:06d}.h264").write_bytes(bytes(packet))
            number += 1


def installed():
    """Whether the system's Python can serve RTSP."""
    code = "import gi; gi.require_version('GstRtspServer', '1.0')"
    with suppress(OSError):
        return subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0
    return False


def serve(port, films):
    import gi

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer

    def play(media, pictures):
        numbers = itertools.count()

        def push(source, _):
            number = next(numbers)
            picture = Gst.Buffer.new_wrapped(pictures[number % len(pictures)])
            picture.pts = picture.dts = number * Gst.SECOND // RATE
            picture.duration = Gst.SECOND // RATE
            source.emit("push-buffer", picture)

        media.get_element().get_by_name("film").connect("need-data", push)

    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    for mount, folder in (film.split("=", 1) for film in films):
        pictures = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(PIPELINE)
        factory.set_shared(True)
        factory.connect("media-configure", lambda _, media, pictures=pictures: play(media, pictures))
        server.get_mount_points().add_factory(f"/{mount}", factory)
    assert server.attach(None)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2:])
