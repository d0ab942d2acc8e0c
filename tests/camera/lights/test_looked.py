"""Footage of a camera that sees in two lights: each is learnt by itself, where there is enough of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_camera import NAME, pictures
from made_lights import DAY, NIGHT, day_and_night, film, learnt_in_both, seen_in

from unusual.camera.footage import examine
from unusual.camera.lights.looked import LEAST_S, Looked, by_light, refuse_too_little
from unusual.camera.looking import Unfit
from unusual.errors import DataError
from unusual.store.cameras import read_card, read_cards, read_reference
from unusual.video.condition.light import SETTLED_S


class Notes(list):
    """A progress that keeps what it is told."""

    note = list.append


@pytest.fixture(scope="module")
def seen():
    return examine(day_and_night())


def test_what_is_seen_while_it_becomes_night_is_left_out_and_night_is_no_other_place(seen):
    (switching,) = seen.unfit
    assert switching.reason is Unfit.SWITCHING
    assert switching.end_s - switching.start_s == pytest.approx(SETTLED_S, abs=0.5)
    (day, picture), (night, dim) = seen.lights[DAY], seen.lights[NIGHT]
    assert [*day, *night] == list(seen.usable)
    assert day[0].last < switching.first <= switching.last < night[0].first
    assert np.ptp(picture.astype(int), axis=2).max() > 20
    assert np.ptp(dim.astype(int), axis=2).max() < 5


def test_each_light_is_taken_by_itself_and_the_longer_one_first(seen):
    notes = Notes()
    lights = by_light(Looked({Path("a"): seen}, ()), notes)
    assert list(lights) == [DAY, NIGHT]
    ((first, after),) = lights[NIGHT].usable.of[Path("a")]
    (night,) = seen.lights[NIGHT][0]
    assert (first, after) == (night.first, night.last + 1)
    assert lights[NIGHT].main.reference is seen.lights[NIGHT][1]
    assert notes == ["the camera sees in 2 lights, each is learnt by itself: colour 4 min 4 s, infrared 4 min 1 s"]


def test_of_a_light_that_is_too_short_nothing_is_learnt_and_that_is_said(seen):
    (night,) = seen.lights[NIGHT][0]
    short = replace(night, last=night.first + 100)
    lit = {DAY: seen.lights[DAY], NIGHT: ((short,), seen.lights[NIGHT][1])}
    notes = Notes()
    lights = by_light(Looked({Path("a"): replace(seen, usable=(*seen.lights[DAY][0], short), lights=lit)}, ()), notes)
    assert list(lights) == [None]
    assert lights[None].usable.of == {Path("a"): [(s.first, s.last + 1) for s in seen.lights[DAY][0]]}
    assert notes[0].endswith("infrared 20 s): 4 min of each are needed to learn both")


def test_a_film_without_colours_is_of_one_light_and_needs_none(tmp_path):
    grey = examine(film(tmp_path / "grey.mp4", NIGHT))
    notes = Notes()
    looked = Looked({Path("a"): grey}, ())
    assert by_light(looked, notes) == {None: looked}
    assert not notes
    with pytest.raises(DataError, match="only 20 s"):
        refuse_too_little(looked.usable_s)
    refuse_too_little(LEAST_S - 0.3)


def test_files_of_day_and_of_night_are_of_one_camera(tmp_path, seen):
    night = examine(film(tmp_path / "night.mp4", NIGHT))
    assert list(night.lights) == [NIGHT]
    looked = Looked({Path("a"): seen, Path("b"): night}, ())
    assert set(looked.lights[NIGHT].usable.of) == {Path("a"), Path("b")}
    assert set(looked.lights[DAY].usable.of) == {Path("a")}


def test_a_camera_is_learnt_in_both_from_one_command():
    home, said = learnt_in_both()
    main, night = read_cards(home, NAME)
    assert (main.light, main.lights, main.beside) == (DAY, (DAY, NIGHT), None)
    assert (night.light, night.lights, night.beside) == (NIGHT, (), NIGHT)
    assert night.folder(home) == home.camera(NAME) / "infrared"
    assert main.model_sha256 != night.model_sha256
    assert {name for card in (main, night) for name in card.footage} == {str(day_and_night().resolve())}
    ((_, after),), ((first, _),) = (next(iter(card.footage.values())) for card in (main, night))
    assert after < first
    assert read_card(home, NAME, NIGHT) == night
    picture = read_reference(night.folder(home)).astype(int)
    assert np.abs(picture - np.median(seen_in(NIGHT, pictures()), axis=0)).mean() < 12
    assert "each is learnt by itself" in said and "now what it sees in infrared" in said
    assert (night.folder(home) / "card.html").exists()
