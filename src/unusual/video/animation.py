"""An animated WebP -> Pictures, each at its own time. FFmpeg does not read them; OpenCV, with libwebp in it, does."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from unusual.video.decoding import Limits, Picture, ReadVerdict, too_large

SIZE = slice(24, 30)  # of the file: width - 1 and height - 1, three bytes each
FIRST = 12  # byte at which the first chunk begins: four letters, four bytes of length, and so much more
HELD = 500_000_000  # bytes of pictures that are decoded at a time: each time begins from the first one


class AnimationSource:
    """The pictures of an animated WebP. rate: that of its mean step.

    Raises:
        VideoError: its pictures are larger than the limits allow.
    """

    is_endless = False
    levels = None

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self.name = name
        self._data = data = path.read_bytes()
        width, height = (1 + int.from_bytes(data[SIZE][at : at + 3], "little") for at in (0, 3))
        if width * height > limits.pixels:
            raise too_large(name, f"{width}x{height}", limits)
        self._at_once = max(1, HELD // (4 * width * height))
        self._steps_s = [Fraction(each, 1000) for each in durations_ms(data)]
        self.expected: int | None = len(self._steps_s)
        whole = sum(self._steps_s, Fraction(0))
        self.rate: Fraction | None = self.expected / whole if whole else None

    def pictures(self) -> Iterator[Picture]:
        """See PictureSource."""
        time_s = Fraction(0)
        for first in range(0, len(self._steps_s), self._at_once):
            _, animation = cv2.imdecodeanimation(np.frombuffer(self._data, np.uint8), start=first, count=self._at_once)
            for index, bgr in enumerate(animation.frames, start=first):
                rgb = np.ascontiguousarray(bgr[..., 2::-1], np.uint8)
                yield Picture(index, time_s, rgb, grey=False)
                time_s += max(self._steps_s[index], Fraction(1, 1000))

    def verdict(self, decoded: int) -> ReadVerdict:
        """See PictureSource."""
        missing = len(self._steps_s) - decoded
        wrong = [f"{missing} of {len(self._steps_s)} frames are missing"] if missing > 0 else []
        return ReadVerdict(self.expected, wrong, [])

    def close(self) -> None:
        """See PictureSource."""


def durations_ms(webp: bytes) -> list[int]:
    """How long each picture of an animated WebP is shown, in milliseconds; also of those that are cut off."""
    durations, place = [], FIRST
    while place + 24 <= len(webp):
        if webp[place : place + 4] == b"ANMF":
            durations.append(int.from_bytes(webp[place + 20 : place + 23], "little"))
        length = int.from_bytes(webp[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
    return durations
