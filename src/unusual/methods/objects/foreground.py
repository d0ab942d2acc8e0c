"""Whoever stands out from the ground of a fixed camera: boxes of whole bodies, told by a small network of ours.

The difference of two frames shows the rims of what moves: head, legs and shadow of one person are several things, two
who overlap are one, and who stands is nobody. Against the ground a body is whole. What belongs to one body, and what is
its shadow, a change of light or a swaying leaf, a network has learnt on made-up scenes (`benchmarks/foreground.py`): it
knows no kinds, so a cart is found as a person is.

    picture, small ─┬─► the ground as it slowly changes ─┐
                    └─► this one and the one before ─────┴─► network ─► middles and sides of bodies

Source: boxes by the points in their middle are Zhou et al.'s ("Objects as Points", 2019); that it is given the ground
is ours. Letters: N bodies, h w of the small picture, multiples of 32.
"""

from math import sqrt
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.methods.objects.detector import RGB, Rows, suppress_doubles
from unusual.methods.objects.kinds import MOTION
from unusual.onnx_file import OnnxFile

SHIPPED = Path(__file__).with_name("foreground.onnx")
AREA = 384 * 256  # px of the picture that the network sees, about
MULTIPLE = 32  # px, of its sides
LOOKS_S = 4.0  # looks at the ground a second
FIRST = (3, 6, 10, 20, 40)  # looks whose median is the ground, until it is known
SURER = 20  # looks, from which on it is surer than what was seen of the place before
FOLLOWED = 0.05  # share of a slow change of light that the ground takes over at each look
CREEPS = 0.03  # grey levels by which it nears whatever is there at each look: what was mistaken for it goes
LEAST = 0.2  # confidence from which on somebody may be there

Picture = NDArray[np.float32]  # (h, w, 3)


class ForegroundNet:
    """The shipped network.

    Args:
        sha256: the digest that it must have; "" to take it as it is.

    Attributes:
        digest: SHA-256 of its file.

    Raises:
        ConfigError: it has another digest: this is another release than the one that learnt with it.
    """

    def __init__(self, sha256: str = "") -> None:
        self._file = OnnxFile(SHIPPED, sha256)
        self.digest = self._file.digest

    def find(self, picture: RGB, before: RGB, ground: Picture) -> Rows:
        """(N, 6) bodies in px of these pictures, see `detector.Rows`; of a body that is hidden in part, all of it.

        Args:
            picture, before, ground: (h, w, 3).
        """
        given: tuple[NDArray[np.generic], ...] = picture, before, ground
        feeds = {port.name: one[np.newaxis] for port, one in zip(self._file.inputs, given, strict=True)}
        output = self._file.run(feeds)[0]
        confidence, *reach = np.asarray(output, np.float32)[0]
        row, column = np.nonzero(confidence > LEAST)
        left, top, right, bottom = (side[row, column] for side in reach)
        stride = picture.shape[1] / confidence.shape[1]
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        known = confidence[row, column], np.full(len(row), MOTION)
        rows = np.stack([x - left, y - top, x + right, y + bottom, *known], 1, dtype=np.float32)
        return suppress_doubles(rows)


class Foreground:
    """Finds who stands out from the ground of one video.

    Args:
        pause: frames from one look at the ground to the next, at least.
        ground: as `ground` of an earlier video of this place, None where it was not seen before.
    """

    def __init__(self, net: ForegroundNet, pause: float, ground: RGB | None = None) -> None:
        self._net, self._pause, self._looked, self._start = net, pause, -np.inf, ground
        self._ground = SlowGround()
        self._last = np.empty((0, 0, 3), np.uint8)  # of another size than any picture: the ground begins with it

    @property
    def ground(self) -> RGB:
        """(h, w, 3) uint8, the ground by now; empty while it is not known."""
        return self._ground.colours.clip(0, 255).astype(np.uint8)

    def find(self, index: int, picture: RGB) -> Rows:
        """Who is in a frame; nobody while the ground is not known.

        Args:
            index: the frame's number, larger than that of the last one.
            picture: (H, W, 3).

        Returns:
            (N, 6) in px of the picture, see `detector.Rows`.
        """
        small = small_picture(picture)
        last, self._last = self._last, small
        if last.shape != small.shape:
            known = self._start is not None and self._start.shape == small.shape
            self._ground, last = SlowGround(self._start if known else None), small
        rows = np.empty((0, 6), np.float32)
        if len(self._ground.colours):
            rows = self._net.find(small, last, self._ground.lit_as(small))
        if index - self._looked >= self._pause:
            self._looked = index
            self._ground.look(small, rows)
        scale = np.array(picture.shape[1::-1], np.float32) / np.array(small.shape[1::-1], np.float32)
        rows[:, :4] *= np.tile(scale, 2)
        return rows


def small_picture(picture: RGB) -> RGB:
    """A picture at the size that the network sees: of about AREA, both sides multiples of 32.

    >>> small_picture(np.zeros((240, 360, 3), np.uint8)).shape
    (256, 384, 3)
    """
    scale = sqrt(AREA / (picture.shape[0] * picture.shape[1]))
    height, width = (MULTIPLE * max(1, round(side * scale / MULTIPLE)) for side in picture.shape[:2])
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=way), np.uint8)


class SlowGround:
    """The ground as it slowly changes. colours: (h, w, 3) grey levels, empty while it is not known.

    Args:
        start: (h, w, 3), how it was before; None where nobody knows.
    """

    def __init__(self, start: RGB | None = None) -> None:
        self.colours: Picture = np.empty((0, 0, 3), np.float32) if start is None else start.astype(np.float32)
        self._medians = FIRST if start is None else tuple(many for many in FIRST if many >= SURER)
        self._first: list[RGB] = []
        self._known = False

    def look(self, small: RGB, bodies: Rows) -> None:
        """Take the next look, at what is not hidden by bodies (N, 6)."""
        if not self._known:
            self._first.append(small)
            if len(self._first) in self._medians:
                self.colours = np.median(np.stack(self._first), 0).astype(np.float32)
            if len(self._first) == FIRST[-1]:
                self._first, self._known = [], True
            return
        change = small - self.lit_as(small)
        hidden = np.zeros(small.shape[:2], np.bool_)
        for left, top, right, bottom in bodies[:, :4].clip(0).astype(int).tolist():
            hidden[top : bottom + 1, left : right + 1] = True
        self.colours += np.float32(FOLLOWED) * change * ~hidden[..., None] + np.float32(CREEPS) * np.sign(change)

    def lit_as(self, small: RGB) -> Picture:
        """The ground by the light of a picture: one that changes everywhere alike is taken over."""
        some, ground = small[::4, ::4].astype(np.float32), np.maximum(self.colours[::4, ::4], 1)
        return np.asarray(self.colours * np.float32(np.median(some / ground)), np.float32)
