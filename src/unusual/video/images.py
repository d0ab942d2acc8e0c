"""Images, each a frame of one video -> Pictures."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from time import monotonic
from typing import Literal, cast

import av
from av.video.codeccontext import VideoCodecContext

from unusual.video.condition.levels import Levels
from unusual.video.decoding import (
    DAMAGE,
    UPRIGHT,
    Limits,
    Picture,
    ReadVerdict,
    RgbConverter,
    Turn,
    check_time,
    refuse_large,
)

RATE = Fraction(25)  # frames per second unless told, as images carry no time
CODECS = (  # by first bytes
    (rb"\xff\xd8", "mjpeg"),
    (rb"\x89PNG", "png"),
    (rb"II\*\0|MM\0\*", "tiff"),
    (rb"BM", "bmp"),
    (rb"RIFF....WEBP", "webp"),
    (rb"P[36]\s", "ppm"),
    (rb"P[25]\s", "pgm"),
    (rb"P[14]\s", "pbm"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "jpeg2000"),
)
ANIMATED = {"png": rb"acTL", "webp": rb"ANIM"}  # what the first bytes of such a file hold
NAMED = 10  # bad images that the report names one by one
HEAD = 1 << 16  # bytes in which such a word, and EXIF, stand
EXIF = re.compile(rb"(?:Exif\0\0|eXIf|EXIF....|^)(II\*\0|MM\0\*)", re.DOTALL)
ORIENTATION = 0x0112
TURNS: tuple[Turn, ...] = (  # by EXIF's orientation, 1 to 8; see `decoding.turned`
    *(UPRIGHT, (-1, 0, 0, 1), (-1, 0, 0, -1), (1, 0, 0, -1)),
    *((0, 1, 1, 0), (0, 1, -1, 0), (0, -1, -1, 0), (0, -1, 1, 0)),
)


class ImageSource:
    """A list of images, each a frame; the i-th stands at i / rate seconds. One that cannot be read leaves a gap.

    A TIFF that holds several pages gives them all.
    """

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

    @property
    def levels(self) -> Levels | None:
        """See PictureSource."""
        return self._convert.levels

    def pictures(self) -> Iterator[Picture]:
        """See PictureSource."""
        index = 0
        for path in self._paths:
            started = monotonic()
            for frame, turn, sound, animated in self._decode(path):
                check_time(started, str(path), self._limits)
                if not sound:
                    self._note_bad(path.name + (" (animated: give it by itself)" if animated else ""))
                if frame is not None:
                    yield Picture(index, index / self._rate, *self._convert(frame, turn), corrupt=not sound)
                index += 1
                started = monotonic()

    def _note_bad(self, name: str) -> None:
        self._bad_count += 1
        self._bad += [name] if len(self._bad) < NAMED else []

    def _decode(self, path: Path) -> Iterator[tuple[av.VideoFrame | None, Turn, bool, bool]]:
        """Yield the image's pages, as far as they can be read, how they lie, whether they are sound, and animated."""
        try:
            data = path.read_bytes()
        except OSError:
            data = b""
        codec = codec_of(data)
        pages = pages_of(data) if codec == "tiff" else 1
        turn = TURNS[orientation(data) - 1]
        animated = animated_as(data) is not None
        for page in range(1, pages + 1):
            frame, sound = self._page(data, codec, path, {"page": str(page)} if pages > 1 else {})
            yield frame, turn, sound and not animated, animated

    def _page(
        self, data: bytes, codec: str | None, path: Path, options: dict[str, str]
    ) -> tuple[av.VideoFrame | None, bool]:
        if codec is None:
            return None, False
        frames: list[av.VideoFrame] = []
        with av.logging.Capture() as logs:
            try:
                decoder = cast(VideoCodecContext, av.CodecContext.create(codec, "r"))
                decoder.thread_count, decoder.options = 1, {"max_pixels": str(self._limits.pixels), **options}
                frames = [*decoder.decode(av.Packet(data)), *decoder.decode(None)]
            except DAMAGE:
                return None, False
            finally:
                refuse_large(logs, str(path), self._limits)
        return next(iter(frames), None), len(frames) == 1 and not logs

    def verdict(self, decoded: int) -> ReadVerdict:
        """See PictureSource."""
        expected = None if self.expected is None else max(self.expected, decoded)
        more = f" and {self._bad_count - NAMED} more" if self._bad_count > NAMED else ""
        wrong = [f"damaged or no image: {', '.join(self._bad)}{more}"] if self._bad else []
        return ReadVerdict(expected, wrong, self._convert.words())

    def close(self) -> None:
        """See PictureSource."""


def codec_of(data: bytes) -> str | None:
    """FFmpeg's name of what an image's first bytes say that it is, None of what is no image."""
    return next((codec for magic, codec in CODECS if re.match(magic, data, re.DOTALL)), None)


def animated_as(data: bytes) -> str | None:
    """The codec of an image that holds several pictures in time, PNG or WebP; None of any other."""
    codec = codec_of(data)
    return codec if codec in ANIMATED and ANIMATED[codec] in data[:HEAD] else None


def orientation(data: bytes) -> int:
    """How an image lies by its EXIF, 1 to 8; 1, upright, where it does not say."""
    if (found := EXIF.search(data, 0, HEAD)) is None:
        return 1
    exif, order = data[found.start(1) :], _order(found[1])
    first = int.from_bytes(exif[4:8], order)
    for entry in range(first + 2, first + 2 + 12 * int.from_bytes(exif[first : first + 2], order), 12):
        if int.from_bytes(exif[entry : entry + 2], order) == ORIENTATION:
            value = int.from_bytes(exif[entry + 8 : entry + 10], order)
            return value if 1 <= value <= len(TURNS) else 1
    return 1


def pages_of(data: bytes) -> int:
    """How many pictures a TIFF holds: its chain of directories is followed."""
    order, seen = _order(data[:4]), set[int]()
    place = int.from_bytes(data[4:8], order)
    while place and place not in seen and place + 2 <= len(data):
        seen.add(place)
        after = place + 2 + 12 * int.from_bytes(data[place : place + 2], order)
        place = int.from_bytes(data[after : after + 4], order)
    return max(1, len(seen))


def _order(magic: bytes) -> Literal["little", "big"]:
    return "little" if magic[:2] == b"II" else "big"
