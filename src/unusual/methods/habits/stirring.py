"""Whether anything has stirred since objects were last looked for: where nothing does, a detector finds nobody new."""

import cv2
import numpy as np
from numpy.typing import NDArray

from unusual.methods.objects.detector import RGB

SMALL = 120  # px: pictures are shrunk to about this height, which averages noise away
STIRRED = 8.0  # grey levels
AT_REST_S = 2.0  # no longer than so long is nothing looked for


class Stirring:
    """Says when to look.

    Args:
        second: frames of a second.
    """

    def __init__(self, second: int) -> None:
        self._at_rest = AT_REST_S * second
        self._looked = -1  # frame in which objects were last looked for
        self._then: NDArray[np.uint8] | None = None  # what it showed, small and grey

    def due(self, index: int, picture: RGB, somebody: bool) -> bool:
        """Whether to look for objects in this frame; if so, it is what later ones are compared with.

        Args:
            somebody: whether anybody is being followed.
        """
        small = _small(picture)
        still = self._then is not None and self._then.shape == small.shape and not _differ(small, self._then)
        if still and not somebody and index - self._looked < self._at_rest:
            return False
        self._looked, self._then = index, small
        return True


def _small(picture: RGB) -> NDArray[np.uint8]:
    times = max(1, round(picture.shape[0] / SMALL))
    width, height = max(1, picture.shape[1] // times), max(1, picture.shape[0] // times)
    whole = cv2.cvtColor(picture[: height * times, : width * times], cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))  # quick, of whole pixels


def _differ(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> bool:
    return float(cv2.absdiff(cv2.blur(one, (2, 2)), cv2.blur(other, (2, 2))).max()) > STIRRED
