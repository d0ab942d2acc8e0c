"""Several files as one camera's footage: what is not like most of it is named."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from made_camera import unusual_clip

from unusual.camera.alike import difference, unlike_the_rest
from unusual.camera.footage import examine


@cache
def seen():
    return examine(unusual_clip())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"rate": 6.0}, "", id="nearly the same rate"),
        pytest.param({"rate": 0.0}, "", id="a single picture"),
        pytest.param({"width": 960, "height": 640}, "", id="larger"),
        pytest.param({"brightness": 30.0}, "", id="another hour"),
        pytest.param({"rate": 12.5}, "has 12.5 frames a second, most of the footage 5", id="faster"),
        pytest.param({"rate": 2.5}, "has 2.5 frames a second, most of the footage 5", id="slower"),
        pytest.param({"width": 64}, "is 64x64, another shape than most of the footage, 96x64", id="narrower"),
        pytest.param({"reference": None}, "shows another place than most of the footage", id="elsewhere"),
    ],
)
def test_what_differs_is_said(change, words):
    if "reference" in change:
        change = {"reference": seen().reference[::-1, ::-1].copy()}
    assert difference(replace(seen(), **change), seen()) == words


def test_most_of_the_footage_is_what_lasts_longest_in_all():
    """One long file does not outvote many short ones that agree; the order of the files does not matter."""
    long = replace(seen(), rate=2.0)  # the same frames last 2.5 times as long
    files = {Path("long"): long} | {Path(f"hour-{n}"): seen() for n in range(3)}
    for order in (files, dict(reversed(files.items()))):
        assert unlike_the_rest(order) == {Path("long"): "has 2 frames a second, most of the footage 5"}
    assert unlike_the_rest({path: files[path] for path in list(files)[:2]}) == {
        Path("hour-0"): "has 5 frames a second, most of the footage 2"
    }
    assert unlike_the_rest({}) == {}


def test_what_differs_from_most_one_way_alone_is_kept():
    """Of a plain picture a detailed one is another place; the other way round it could be a misty lens."""
    plain = np.clip(seen().reference.astype(float) * 0.1 + 100, 0, 255).astype(np.uint8)[::-1, ::-1].copy()
    files = {Path("plain"): replace(seen(), reference=plain, rate=4.5), Path("a"): seen(), Path("b"): seen()}
    left_out = unlike_the_rest(files)
    assert all(left_out.values())


def test_footage_that_cannot_be_used_is_not_another_place():
    dark = replace(seen(), usable=(), reference=np.zeros_like(seen().reference))
    assert difference(dark, seen()) == ""
