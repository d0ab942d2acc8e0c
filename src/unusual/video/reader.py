"""A file, a folder of frames, a glob, a camera or a URL -> Frames, and a report of how much could be read."""

import glob
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import av

from unusual.domain import Frame, ReadReport, VideoInfo, Wholeness
from unusual.errors import ConfigError, VideoError
from unusual.video.container.layout import layout_of
from unusual.video.container.stamps import Pauses
from unusual.video.decoding import Limits, Picture, PictureSource, cannot_read
from unusual.video.images import HEAD, RATE, ImageSource, animated_as
from unusual.video.source import DOWNLOADS, IMAGES, Named, Source, SourceKind, natural_order
from unusual.video.streams import RESYNC, StreamSource, answer_of

__all__ = ["Limits", "VideoReader", "open_source", "open_video"]

NETWORK = "rtsp,rtsps,rtp,srtp,rtmp,rtmps,http,https,httpproxy,srt,udp,tcp,tls,crypto"  # what a URL may reach: no file
LISTS = (".m3u8", ".mpd")
SIBLINGS = {"hls", "applehttp", "dash", "webm_dash_manifest", "concat", "imf", "sdp", "lavfi"}  # name other files
LIMITS = Limits()
SCHEMES = {"rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "srt", "udp", "rtp", "tcp"}


class VideoReader:
    """The frames of one video in order of display, to be gone through once. Made by `open_video`.

    A context manager: leaving it closes the file or camera. It holds one frame at a time.

    seams: the positions, counted from 0, of frames that came after a gap, so far.
    info: what the source says of itself; width and height are those of the first frame, upright.
    is_endless: it is a camera, or an address from which frames come as they arise.
    """

    def __init__(self, source: PictureSource) -> None:
        self._source = source
        self._decoded = 0
        self._pauses = Pauses(None if source.rate is None else 1 / source.rate)
        self.seams: list[int] = []
        self._seam = False  # a damaged picture was left out
        self._unfinished = "reading was stopped before the end"
        self._pictures = source.pictures()
        try:
            self._first = next(self._pictures, None)
            if self._first is None:
                raise cannot_read(source.name, "not one frame can be decoded", "check that it plays")
        except BaseException:
            source.close()
            raise
        height, width, _ = self._first.rgb.shape
        self.info = VideoInfo(source.name, width, height, source.rate, source.expected)
        self.is_endless = source.is_endless

    def __iter__(self) -> Iterator[Frame]:
        """Yield each Frame.

        Raises:
            VideoError: the size changes or colour turns to grey, a frame is over the limits, or it is the second time.
        """
        first, self._first = self._first, None
        if first is None:
            raise VideoError(f"{self.info.name} was already read: open it again")
        looks = _looks(first)
        try:
            for picture in chain([first], self._pictures):
                if _looks(picture) != looks:
                    raise VideoError(
                        f"{self.info.name}: frame {picture.index} is {_looks(picture)}, those before it {looks}: "
                        "split the video there, or make its frames alike"
                    )
                if picture.corrupt:
                    self._seam = True
                    continue
                yield self._frame(picture)
        except VideoError as error:
            self._unfinished = str(error)
            raise
        self._unfinished = ""

    def _frame(self, picture: Picture) -> Frame:
        paused = self._pauses.before(picture.time)
        after_gap = paused or picture.jumped or self._seam
        self._seam = False
        self.seams += [self._decoded] * after_gap
        self._decoded += 1
        return Frame(picture.index, float(picture.time), picture.rgb, after_gap)

    @property
    def report(self) -> ReadReport:
        """How much was read: final after the last frame; before it, what was read so far, as partial."""
        if self._unfinished:
            return ReadReport(Wholeness.PARTIAL, self._decoded, self.info.expected_frames, (self._unfinished,))
        verdict = self._source.verdict(self._decoded)
        wholeness = Wholeness.PARTIAL if verdict.wrong else Wholeness.COMPLETE
        problems = (*verdict.wrong, *verdict.repaired, *self._pauses.words())
        return ReadReport(wholeness, self._decoded, verdict.expected, problems, verdict.timed)

    def close(self) -> None:
        """Close the file or camera."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_video(source: Named, limits: Limits = LIMITS, *, rate: Fraction = RATE) -> VideoReader:
    """Open anything that shows moving pictures, and decode its first frame.

    Args:
        source: a file that FFmpeg reads; a folder of images or a glob of them ("frames/*.png"), in natural order; the
            number of a camera (0, "0"); the URL of a camera or a file (rtsp, http, ...). A file that only names other
            files (a playlist) is refused, and no file can make FFmpeg reach the network.
        limits: what one frame may cost.
        rate: frames per second of images, > 0, as they carry none; other sources tell their own.

    Returns:
        A VideoReader; use it in a `with` statement.

    Raises:
        VideoError: nothing is there, it has no frame that can be decoded, or it is over the limits. The message never
            holds the password of a URL.
        ConfigError: rate <= 0.
    """
    return VideoReader(open_source(source, limits, rate=rate))


def open_source(source: Named, limits: Limits = LIMITS, *, rate: Fraction = RATE) -> PictureSource:
    """Open what `open_video` opens, for those who can go on where the size changes or time stamps jump."""
    if rate <= 0:
        raise ConfigError(f"rate of images must be above 0 frames per second, got {rate}")
    named = Source.of(source)
    if named.kind is SourceKind.CAMERA:
        return StreamSource(f"/dev/video{named.text}", named.shown, limits, {}, device="v4l2", endless=True)
    if named.kind is SourceKind.ADDRESS:
        return _open_address(named, limits)
    try:
        return _open_path(named, limits, rate)
    except OSError as error:  # a folder without permission, a name too long
        raise cannot_read(named.text, str(error.strerror).lower(), "check the path") from error


def _open_address(address: Source, limits: Limits) -> StreamSource:
    scheme = address.scheme
    if scheme not in SCHEMES:
        raise cannot_read(address.shown, f"the address begins with {scheme!r}", f"use one of {sorted(SCHEMES)}")
    # A camera that is not ours to trust must not send us to other machines: no redirect is followed, and a list of
    # other addresses is one only where the address says so.
    options = {"protocol_whitelist": NETWORK, "max_redirects": "0"}
    if not urlsplit(address.text).path.lower().endswith(LISTS):
        options["format_whitelist"] = ",".join(sorted(av.formats_available - SIBLINGS))
    if scheme.startswith("rtsp"):
        options["rtsp_transport"] = "tcp"  # over UDP a busy network silently loses parts of frames
        options["analyzeduration"] = "500000"  # us; FFmpeg's own 5 s pass before the first frame of some cameras
    try:
        return StreamSource(address.text, address.shown, limits, options, endless=address.is_endless or None)
    except VideoError as error:
        known = scheme in DOWNLOADS and "invalid data" in str(error)  # else one more try of a password may lock us out
        if came := answer_of(address.text, limits, options) if known else "":
            raise cannot_read(
                address.shown, f"it sends {came}", "give the address of a stream that FFmpeg plays"
            ) from None
        raise


def _open_path(named: Source, limits: Limits, rate: Fraction) -> PictureSource:
    path, name = named.path, named.shown
    if path.is_dir():
        return _images(path.iterdir(), name, "the folder holds no images", limits, rate)
    if path.is_file():
        with path.open("rb") as file:
            animated = animated_as(file.read(HEAD))
        if animated == "webp":
            raise cannot_read(name, "an animated WebP", "convert it to MP4 or to an animated PNG")
        if path.suffix.lower() in IMAGES and not animated:
            return _images([path], name, "no image", limits, rate)
        if path.stat().st_size == 0:
            raise cannot_read(name, "the file is empty (0 bytes)", "copy or record it again")
        formats = ",".join(sorted(av.formats_available - SIBLINGS))
        options = {"protocol_whitelist": "file", "format_whitelist": formats, "pattern_type": "none"}
        options["resync_size"] = str(RESYNC)
        target = str(path.absolute())  # never a URL or an option
        return StreamSource(target, name, limits, options, endless=False, layout=layout_of(path))
    if path.exists():
        raise cannot_read(name, "neither a file nor a folder", "give a video file")
    if glob.has_magic(name):
        found = map(Path, glob.iglob(name))  # noqa: PTH207 - Path.glob takes no absolute pattern
        return _images(found, name, "no image fits the pattern", limits, rate)
    raise cannot_read(name, "no such file or folder", "check the path")


def _images(paths: Iterable[Path], name: str, none: str, limits: Limits, rate: Fraction) -> ImageSource:
    images = [p for p in paths if p.suffix.lower() in IMAGES and not p.name.startswith(".") and p.is_file()]
    if not images:
        raise cannot_read(name, none, f"give a video file, or images ({', '.join(sorted(IMAGES))})")
    return ImageSource(natural_order(images), name, limits, rate)


def _looks(picture: Picture) -> str:
    height, width, _ = picture.rgb.shape
    return f"{width}x{height} {'grey' if picture.grey else 'colour'}"
