"""Whether recorded footage is steadied while it is read, as that of a watched camera that sways always is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from numpy.typing import NDArray

RGB = NDArray[np.uint8]
STEADIED: ContextVar[bool] = ContextVar("whether recorded footage is steadied", default=False)


@contextmanager
def steadying(wanted: bool) -> Iterator[None]:
    """Steady all recorded footage that is opened in here, each from its first frame on, or none of it."""
    before = STEADIED.set(wanted)
    try:
        yield
    finally:
        STEADIED.reset(before)


def steadier() -> Callable[[float, RGB], RGB]:
    """Takes the pictures of one film, seconds and (H, W, 3), in their order; gives them as they are to be seen here."""
    if not STEADIED.get():
        return lambda time_s, rgb: rgb
    from unusual.video.condition.sway import Steadier  # OpenCV, which a decoder does without

    return Steadier().steady
