"""Why somebody is unusual, in a sentence with the numbers that a person can check."""

import numpy as np
import pytest
from methods.habits.moments_of import SHAPE, at, moments, walkers

from unusual.methods.habits.aspects import ASPECTS
from unusual.methods.habits.habits import Habits
from unusual.methods.habits.moments import GONE, LEFT
from unusual.methods.habits.words import Words
from unusual.methods.objects.kinds import MOTION

RATE = 10.0


@pytest.fixture(scope="module")
def words():
    """Of a place where people walk at about 1.5 px a frame and nobody stays."""
    return Words(Habits.of([walkers(3000, seed=1), walkers(3000, seed=2)], SHAPE, remembered=5).counts, SHAPE, RATE)


def one(**changes):
    return moments(**{"box": at(180.0, 140.0, 30.0)} | changes)


@pytest.mark.parametrize("aspect", [aspect.name for aspect in ASPECTS])
def test_every_aspect_has_a_sentence_that_goes_on_after_it(words, aspect):
    said = words.of(aspect, one(kind=1))
    assert said.split()[0] in {"moves", "goes", "is", "has", "glides:", "was", "always", "rides,"}
    assert not said.endswith(".") and "\n" not in said


def test_a_speed_is_told_in_heights_a_second_beside_that_of_others(words):
    said = words.of("speed", one(speed=6.0))
    assert said.startswith("moves faster than people do here: 2.0 of its heights a second, 99% stay below ")
    most = float(said.rpartition(" ")[2])
    assert 0.3 < most < 1.0  # the walkers of this lane: 1.1 px a frame and a quarter more, of 30 px


def test_the_speed_of_others_is_that_of_this_place(words):
    far, near = (float(words.of("speed", one(box=at(180.0, y, 30.0))).rpartition(" ")[2]) for y in (80.0, 200.0))
    assert near > 1.5 * far


def test_a_stay_is_told_in_seconds_beside_those_of_others(words):
    said = words.of("stay", one(stay=600))
    assert said.startswith("has stayed for 60 s, 99% are gone after ")
    assert 0 <= float(said.split()[-2]) < 5


def test_a_kind_has_its_name_and_how_common_it_is_here(words):
    assert words.of("kind", one(kind=1)) == "is a bicycle: 0.0% of what is seen here are"
    assert words.of("kind", one(kind=0)) == "is a person: 100.0% of what is seen here are"
    assert words.of("kind", one(kind=MOTION)).startswith("is a moving thing: ")


def test_a_size_is_told_in_pixels(words):
    assert words.of("size", one(box=at(180.0, 140.0, 77.0))).endswith(": 77 px high")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        pytest.param(LEFT, "was left behind 12 s ago", id="left"),
        pytest.param(GONE, "always stood here and is gone for 12 s", id="gone"),
    ],
)
def test_a_sentence_says_what_is_on_the_ground_or_missing_there(words, kind, sentence):
    assert words.of("ground", one(number=-2, kind=kind, stay=120)) == sentence


def test_where_nothing_was_ever_counted_a_sentence_comes_all_the_same():
    counts = {aspect.name: np.zeros((*aspect.grid(*SHAPE), aspect.bins)) for aspect in ASPECTS}
    assert Words(counts, SHAPE, RATE).of("kind", one(kind=1)) == "is a bicycle: 0.0% of what is seen here are"
