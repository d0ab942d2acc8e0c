"""In which light a camera sees: what is a colour, and that it takes a while to be another light."""

import numpy as np
import pytest
from made_camera import pictures
from made_lights import DAY, NIGHT, seen_in

from unusual.video.condition.light import HIGH, LOW, SETTLED_S, LightSwitch, colourfulness

GREY = np.full((48, 64, 3), 90, np.uint8)


def with_colour(levels):
    """Half of it is greener than the rest by so many grey levels."""
    picture = GREY.copy()
    picture[24:, :, 1] += levels
    return picture


def test_a_made_up_street_has_colours_by_day_and_none_by_night():
    day = pictures()[:5]
    assert min(map(colourfulness, day)) > 2 * HIGH
    assert max(map(colourfulness, seen_in(NIGHT, day))) == 0


@pytest.mark.parametrize("shape", [(24, 24), (1080, 1920), (7, 500)])
def test_a_tint_a_clock_and_noise_are_no_colours_in_any_size(shape):
    rng = np.random.default_rng(0)
    grey = np.repeat(rng.integers(0, 200, (*shape, 1)), 3, axis=2).astype(np.uint8)
    assert colourfulness(grey + np.array([20, 0, 9], np.uint8)) == 0
    grey[: max(1, shape[0] // 20), : shape[1] // 2] = 255, 0, 0
    assert colourfulness(grey) < LOW


def lights(switch, *stretches, step_s=0.2):
    """What is said of each picture: (light, whether it is in it)."""
    pictures = [picture for picture, seconds in stretches for _ in range(round(seconds / step_s))]
    return [(switch.add(n * step_s, picture), switch.light) for n, picture in enumerate(pictures)]


def test_another_light_must_last_and_is_left_out_until_then():
    told = lights(LightSwitch(), (with_colour(50), 2.0), (GREY, 6.0), (with_colour(50), 6.0))
    settling = round(SETTLED_S / 0.2)
    assert told == [
        *[(True, DAY)] * 10,
        *[(False, DAY)] * settling,
        *[(True, NIGHT)] * (30 - settling),
        *[(False, NIGHT)] * settling,
        *[(True, DAY)] * (30 - settling),
    ]


def test_a_moment_and_what_lies_in_between_or_is_black_change_nothing():
    switch = LightSwitch(DAY)
    dusk, black = with_colour(int((LOW + HIGH) / 2)), np.zeros_like(GREY)
    told = lights(switch, (with_colour(50), 1.0), (GREY, 1.0), (with_colour(50), 1.0), (dusk, 9.0), (black, 9.0))
    assert {light for _, light in told} == {DAY}
    assert [fits for fits, _ in told].count(False) == 5  # of the moment
    assert {light for _, light in lights(LightSwitch(NIGHT), (dusk, 9.0))} == {NIGHT}


def test_times_that_fall_do_not_hold_it_up():
    switch = LightSwitch(DAY)
    assert not switch.add(100.0, GREY)
    assert not switch.add(1.0, GREY)
    assert switch.add(1.0 + SETTLED_S, GREY) and switch.light is NIGHT
