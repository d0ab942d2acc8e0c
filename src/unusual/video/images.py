"""Images, each a frame of one video -> Pictures."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from time import monotonic
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext

from unusual.video.decoding import DAMAGE, Limits, Picture, RgbConverter, check_time, refuse_large

RATE = Fraction(25)  # frames per second unless told, as images carry no time
CODECS = {b"\xff\xd8": "mjpeg", b"\x89PNG": "png", b"II*\0": "tiff", b"MM\0*": "tiff", b"BM": "bmp"}  # by first bytes
NAMED = 10  # bad images that the report names one by one


class ImageSource:
    """A list of images, each a frame; the i-th stands at i / rate seconds. One that cannot be read leaves a gap."""

    is_endless = False

    def __init__(self, paths: Sequence[Path], name: str, limits: Limits, rate: Fraction) -> None:
        self.name = name
        self.rate: Fraction | None = rate
        self._rate = rate
        self.expected: int | None = len(paths)
        self._paths = paths
        self._limits = limits
        self._bad: list[str] = []  # never more than NAMED
        self._bad_count = 0
        self._convert = RgbConverter(name, limits)

    def pictures(self) -> Iterator[Picture]:
        """See PictureSource."""
        for index, path in enumerate(self._paths):
            started = monotonic()
            frame, sound = self._decode(path)
            check_time(started, str(path), self._limits)
            if not sound:
                self._bad_count += 1
                self._bad += [path.name] if len(self._bad) < NAMED else []
            if frame is not None:
                yield Picture(index, index / self._rate, *self._convert(frame))

    def _decode(self, path: Path) -> tuple[av.VideoFrame | None, bool]:
        """Return the image, as far as it can be read, and whether it is sound."""
        frames: list[av.VideoFrame] = []
        with av.logging.Capture() as logs:
            try:
                data = path.read_bytes()
                name = next((codec for magic, codec in CODECS.items() if data.startswith(magic)), None)
                if name is None:
                    return None, False
                codec = cast(VideoCodecContext, av.CodecContext.create(name, "r"))
                codec.thread_count, codec.options = 1, {"max_pixels": str(self._limits.pixels)}
                frames = [*codec.decode(av.Packet(data)), *codec.decode(None)]
            except DAMAGE:
                return None, False
            finally:
                refuse_large(logs, str(path), self._limits)
        return next(iter(frames), None), len(frames) == 1 and not logs

    def verdict(self, decoded: int) -> tuple[int | None, list[str], list[str]]:
        """See PictureSource."""
        if not self._bad:
            return self.expected, [], []
        more = f" and {self._bad_count - NAMED} more" if self._bad_count > NAMED else ""
        return self.expected, [f"damaged or no image: {', '.join(self._bad)}{more}"], []

    def close(self) -> None:
        """See PictureSource."""
