"""A file, a folder of frames, a glob, a camera or a URL -> Frames, and a report of how much could be read."""

import glob
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import av

from unusual.domain import Frame, ReadReport, VideoInfo, Wholeness
from unusual.errors import ConfigError, VideoError
from unusual.video.address.hosts import Hosts, without_hosts
from unusual.video.condition.steadying import steadier
from unusual.video.container.layout import layout_of
from unusual.video.container.stamps import Pauses
from unusual.video.decoding import Limits, Picture, PictureSource, cannot_read, reason
from unusual.video.images import HEAD, RATE, ImageSource, animated_as
from unusual.video.source import DOWNLOADS, IMAGES, Named, Source, SourceKind, natural_order
from unusual.video.streams import ELSEWHERE, RESYNC, StreamSource, Way, answer_of

if TYPE_CHECKING:
    from unusual.video.address.fetch import Fetch

__all__ = ["Limits", "VideoReader", "open_source", "open_video"]

NETWORK = "rtsp,rtsps,rtp,srtp,rtmp,rtmps,http,https,httpproxy,srt,udp,tcp,tls,crypto"  # what a URL may reach: no file
LISTS = (".m3u8", ".mpd")
PLAYLISTS = {"hls", "applehttp", "dash"}
SIBLINGS = {*PLAYLISTS, "webm_dash_manifest", "concat", "imf", "sdp", "lavfi"}  # name other files
LIMITS = Limits()
SCHEMES = {"rtsp", "rtsps", "rtmp", "rtmps", "http", "https", "srt", "udp", "rtp", "tcp"}

Hear = Callable[[str, float], object]  # the file's name, the share of it that was read, in [0, 1]
HEARD_EVERY = 64  # frames
HEARD: ContextVar[Hear | None] = ContextVar("who hears how far files are read", default=None)


@contextmanager
def heard_by(hear: Hear) -> Iterator[None]:
    """Let someone hear how far all files are that are read in here, in this thread, whatever reads them."""
    before = HEARD.set(hear)
    try:
        yield
    finally:
        HEARD.reset(before)


class VideoReader:
    """The frames of one video in order of display, to be gone through once. Made by `open_video`.

    A context manager: leaving it closes the file or camera. It holds one frame at a time.

    seams: the positions, counted from 0, of frames that came after a gap, so far.
    info: what the source says of itself; width and height are those of the first frame, upright.
    levels: the part of deep pictures that is shown.
    is_endless: it is a camera, or an address from which frames come as they arise.
    """

    def __init__(self, source: PictureSource) -> None:
        self._source = source
        self._decoded = 0
        self._pauses = Pauses(None if source.rate is None else 1 / source.rate)
        self.seams: list[int] = []
        self._seam = False  # a damaged picture was left out
        self._unfinished = "reading was stopped before the end"
        self._steady = steadier()
        self._hear = HEARD.get()
        self._pictures = source.pictures()
        try:
            self._first = next(self._pictures, None)
            if self._first is None:
                raise cannot_read(
                    source.name, "not one frame can be decoded", "check that it plays, or convert it to MP4"
                )
        except BaseException:
            source.close()
            raise
        height, width, _ = self._first.rgb.shape
        self.info = VideoInfo(source.name, width, height, source.rate, source.expected)
        self.is_endless, self.levels = source.is_endless, source.levels

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
        if self._hear and self.info.expected_frames and self._decoded % HEARD_EVERY == 0:
            self._hear(self.info.name, min(1.0, self._decoded / self.info.expected_frames))
        rgb = self._steady(float(picture.time), picture.rgb)
        return Frame(picture.index, float(picture.time), rgb, after_gap, session=len(self.seams))

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


def open_video(
    source: Named, limits: Limits = LIMITS, *, rate: Fraction = RATE, start: Fraction | None = None
) -> VideoReader:
    """Open anything that shows moving pictures, and decode its first frame.

    Args:
        source: a file that FFmpeg reads; a folder of images or a glob of them ("frames/*.png"), in natural order; the
            number of a camera (0, "0"); the URL of a camera or a file (rtsp, http, ...). A file that only names other
            files (a playlist) is refused, and no file can make FFmpeg reach the network.
        limits: what one frame may cost.
        rate: frames per second of images, > 0, as they carry none; other sources tell their own.
        start: of a film, the stamp of a key frame to begin with, see `container/film.py`. What it reports of the film
            is worth nothing then.

    Returns:
        A VideoReader; use it in a `with` statement.

    Raises:
        VideoError: nothing is there, it has no frame that can be decoded, or it is over the limits. The message never
            holds the password of a URL.
        ConfigError: rate <= 0.
    """
    return VideoReader(open_source(source, limits, rate=rate, start=start))


def open_source(
    source: Named, limits: Limits = LIMITS, *, rate: Fraction = RATE, start: Fraction | None = None
) -> PictureSource:
    """Open what `open_video` opens, for those who can go on where the size changes or time stamps jump."""
    if rate <= 0:
        raise ConfigError(f"rate of images must be above 0 frames per second, got {rate}")
    named = Source.of(source)
    if named.kind is SourceKind.CAMERA:
        way = Way(target=f"/dev/video{named.text}", options={}, device="v4l2")
        return StreamSource(way, named.shown, limits, endless=True)
    if named.kind is SourceKind.ADDRESS:
        return _open_address(named, limits)
    try:
        if start is not None:
            return StreamSource(replace(way_to_film(named.path), start=start), named.shown, limits, endless=False)
        return _open_path(named, limits, rate)
    except OSError as error:  # a folder without permission, a name too long
        raise cannot_read(named.text, str(error.strerror).lower(), "check the path") from error


def _open_address(address: Source, limits: Limits) -> StreamSource:
    if address.scheme not in SCHEMES:
        raise cannot_read(address.shown, f"the address begins with {address.scheme!r}", f"use one of {sorted(SCHEMES)}")
    try:
        way = _way_to(address.text, address.scheme, limits)
    except ValueError:
        raise cannot_read(
            address.shown, "an address without a sound host and port", "check how it is written"
        ) from None
    endless = address.is_endless or None
    try:
        return StreamSource(way, address.shown, limits, endless=endless)
    except VideoError as error:
        if address.scheme in DOWNLOADS and way.fetch is None:
            if "input/output error" in str(error):  # FFmpeg's word for a redirect that it may not follow
                return StreamSource(_redirected(address, limits), address.shown, limits, endless=endless)
            if "invalid data" in str(error) and (came := answer_of(way, limits)):  # else one more try may lock us out
                do = "give the address of a stream that FFmpeg plays"
                raise cannot_read(address.shown, f"it sends {came}", do) from None
        raise


def _way_to(address: str, scheme: str, limits: Limits) -> Way:
    """How to read from an address that is not ours to trust: it leads to no other hosts, see `Hosts`, and to no file.

    FFmpeg itself follows no redirect, and takes no list of other addresses for a video. Where the address says that it
    is such a list, what it names is opened by us.
    """
    Hosts.of(address)
    target, is_list = without_hosts(address), scheme in DOWNLOADS and urlsplit(address).path.lower().endswith(LISTS)
    formats = av.formats_available - SIBLINGS | (PLAYLISTS if is_list else set())
    options = {"protocol_whitelist": NETWORK, "max_redirects": "0", "format_whitelist": ",".join(sorted(formats))}
    if is_list:
        options["http_persistent"] = options["http_multiple"] = "0"  # these would be opened by FFmpeg all the same
        return Way(target=target, options=options, fetch=_fetch(address, limits))
    if scheme.startswith("rtsp"):
        options["rtsp_transport"] = "tcp"  # over UDP a busy network silently loses parts of frames
        options["analyzeduration"] = "500000"  # us; FFmpeg's own 5 s pass before the first frame of some cameras
        return Way(target=target, options=options, watched=address)
    return Way(target=target, options=options)


def _redirected(address: Source, limits: Limits) -> Way:
    """The way to where an address leads by redirects, if that is allowed. Raises VideoError."""
    fetch = _fetch(address.text, limits)
    try:
        return _way_to(fetch.final(address.text), address.scheme, limits)
    except (OSError, ValueError) as error:
        do = ELSEWHERE if fetch.refused else "check that it is there, and that it plays"
        raise cannot_read(address.shown, reason(error), do) from None


def _fetch(address: str, limits: Limits) -> "Fetch":
    from unusual.video.address.fetch import Fetch  # few need it, and a decoder is small

    return Fetch(address, limits.decode_s)


def _open_path(named: Source, limits: Limits, rate: Fraction) -> PictureSource:
    path, name = named.path, named.shown
    if path.is_dir():
        return _images(path.iterdir(), name, "the folder holds no images", limits, rate)
    if path.is_file():
        with path.open("rb") as file:
            animated = animated_as(file.read(HEAD))
        if animated == "webp":
            from unusual.video.animation import AnimationSource  # OpenCV, which all others do without

            return AnimationSource(path, name, limits)
        if path.suffix.lower() in IMAGES and not animated:
            return _images([path], name, "no image", limits, rate)
        return StreamSource(way_to_film(path), name, limits, endless=False, layout=layout_of(path))
    if path.exists():
        raise cannot_read(name, "neither a file nor a folder", "give a video file")
    if glob.has_magic(name):
        found = map(Path, glob.iglob(name))  # noqa: PTH207 - Path.glob takes no absolute pattern
        return _images(found, name, "no image fits the pattern", limits, rate)
    raise cannot_read(name, "no such file or folder", "check the path")


def way_to_film(path: Path) -> Way:
    """How FFmpeg reads a file that is there, and nothing else. Raises VideoError where it is empty, OSError."""
    if not S_ISREG((told := path.stat()).st_mode):
        raise cannot_read(Source.of(path).shown, "it is no regular file", "copy what it gives into one")
    if told.st_size == 0:
        raise cannot_read(Source.of(path).shown, "the file is empty (0 bytes)", "copy or record it again")
    formats = ",".join(sorted(av.formats_available - SIBLINGS))
    options = {"protocol_whitelist": "file", "format_whitelist": formats, "pattern_type": "none"}
    options["resync_size"] = str(RESYNC)
    return Way(target=str(path.absolute()), options=options)  # never a URL or an option


def _images(paths: Iterable[Path], name: str, none: str, limits: Limits, rate: Fraction) -> ImageSource:
    images = [p for p in paths if p.suffix.lower() in IMAGES and not p.name.startswith(".") and p.is_file()]
    if not images:
        raise cannot_read(name, none, f"give a video file, or images ({', '.join(sorted(IMAGES))})")
    return ImageSource(natural_order(images), name, limits, rate)


def _looks(picture: Picture) -> str:
    height, width, _ = picture.rgb.shape
    return f"{width}x{height} {'grey' if picture.grey else 'colour'}"
