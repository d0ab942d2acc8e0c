"""Frames -> an H.264 video in an MP4 file that a browser plays, whole or absent."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray

from unusual.errors import DataError, OutputError
from unusual.files import whole_file

TICKS = 90_000  # time stamps a second: every usual frame rate fits, whole or nearly
ENCODERS = ("libx264", "libopenh264", "libvpx-vp9")  # the first that this FFmpeg has; browsers play all of them in MP4


class VideoSink:
    """Takes the frames of one video in order of time. Made by `write_video`."""

    def __init__(
        self, container: OutputContainer, name: str, width: int, height: int, rate: Fraction, crf: int
    ) -> None:
        self._container = container
        self._stream = _add_stream(container, width, height, rate, crf)
        self._name = name
        self._shape = (height, width, 3)
        self._frame_ticks = max(1, round(TICKS / rate))
        self._start_s: float | None = None
        self._ticks = -1

    def add(self, rgb: NDArray[np.uint8], time_s: float) -> None:
        """Append a frame.

        Args:
            rgb: (H, W, 3) uint8, H and W as given to `write_video`.
            time_s: seconds, rising from frame to frame; the first frame's time becomes the video's zero.

        Raises:
            DataError: the picture has another shape or type, or time does not rise.
            OutputError: the file cannot be written (no space, no permission).
        """
        if rgb.shape != self._shape or rgb.dtype != np.uint8:
            raise DataError(f"{self._name}: need frames {self._shape} uint8, got {rgb.shape} {rgb.dtype}")
        if self._start_s is None:
            self._start_s = time_s
        ticks = round((time_s - self._start_s) * TICKS)
        if ticks <= self._ticks:
            raise DataError(f"{self._name}: time must rise by at least 1/{TICKS} s a frame, got {time_s} s again")
        self._ticks = ticks
        frame = av.VideoFrame.from_ndarray(_pad_to_even(rgb), format="rgb24")
        frame.pts, frame.time_base, frame.duration = ticks, Fraction(1, TICKS), self._frame_ticks
        self._encode(frame)

    def _encode(self, frame: av.VideoFrame | None) -> None:
        """Encode and write a frame, or with None the frames that the encoder still holds."""
        try:
            self._container.mux(self._stream.encode(frame))
        except av.error.FFmpegError as error:
            raise OutputError(f"cannot write {self._name}: {_words(error)}") from error


@contextmanager
def write_video(path: Path, width: int, height: int, rate: Fraction, *, crf: int = 20) -> Iterator[VideoSink]:
    """Write a video frame by frame; the file appears under `path` when the block ends well, else not at all.

    The result is H.264, yuv420p, index at the front, so that a browser starts to play at once. Time stamps are
    those given with each frame, so a variable frame rate stays one. The format needs an even width and height: an
    odd one grows by a pixel that repeats the edge.

    Args:
        path: the MP4 file to make; its folder is made when absent.
        width, height: pixels of every frame, >= 1.
        rate: frames per second, > 0: how long the last frame stands, and a hint to the encoder.
        crf: quality, 0 (lossless) to 51 (worst); 18 to 24 is usual.

    Raises:
        OutputError: the file cannot be written (no space, no permission), or no frame was added.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "grey.mp4"
    >>> with write_video(path, 64, 48, Fraction(25)) as sink:
    ...     for i in range(3):
    ...         sink.add(np.full((48, 64, 3), 100 + i, np.uint8), i / 25)
    >>> path.exists()
    True
    """
    with whole_file(path) as part:
        try:  # an absolute path is never mistaken for a URL or an option
            container = av.open(str(part.absolute()), "w", format="mp4", options={"movflags": "faststart"})
        except av.error.FFmpegError as error:
            raise OutputError(f"cannot write {path}: {error.strerror}") from error
        try:
            sink = VideoSink(container, str(path), width, height, rate, crf)
            yield sink
            if sink._ticks < 0:
                raise OutputError(f"cannot write {path}: not one frame was given")
            sink._encode(None)
        finally:
            _close(container, path)


def _add_stream(container: OutputContainer, width: int, height: int, rate: Fraction, crf: int) -> VideoStream:
    encoder = next(name for name in ENCODERS if name in av.codecs_available)
    options = {"crf": str(crf), "preset": "veryfast"}
    if encoder == "libx264":
        options["mbtree"] = "0"  # x264's weighs blocks with memory that nobody wrote: equal frames gave two films
    stream = container.add_stream(encoder, rate=rate, options=options)
    assert isinstance(stream, VideoStream)  # noqa: S101 - for the type checker: the encoders are all of video
    stream.width, stream.height, stream.pix_fmt = width + width % 2, height + height % 2, "yuv420p"
    stream.codec_context.time_base = Fraction(1, TICKS)
    stream.codec_context.thread_count = 1  # how many there are shows in the film, and machines differ in it
    stream.codec_context.max_b_frames = 0  # with them, uneven times make MP4 promise too short a video
    return stream


def _close(container: OutputContainer, path: Path) -> None:
    try:
        container.close()
    except av.error.FFmpegError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _words(error: av.error.FFmpegError) -> str | None:
    """What went wrong; an encoder's own word says nothing, and what it lacks where a picture is sound is memory."""
    if isinstance(error, av.error.ExternalError):
        return "the encoder failed: there may be too little memory for pictures of this size"
    return error.strerror


def _pad_to_even(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width, _ = rgb.shape
    return np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge") if height % 2 or width % 2 else rgb
