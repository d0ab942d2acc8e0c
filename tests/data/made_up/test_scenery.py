"""The place: the same for the same seed, with ground, walls that do not hide the path, and light."""

import numpy as np
import pytest

from unusual.data.made_up.figures import Camera
from unusual.data.made_up.scenery import Grain, Scenery, Walkway, build_scenery, slabs, trace

CAMERA = Camera(160, 120, focal=200.0, tilt=0.4, distance=14.0)


def place(seed: int, heading: float = 0.2, sunlight: float = 0.8) -> Scenery:
    return build_scenery(CAMERA, Walkway(heading, 4.0), (-5.0, 5.0), np.random.default_rng(seed), sunlight=sunlight)


def test_the_same_seed_gives_the_same_place():
    assert np.array_equal(place(3).picture, place(3).picture)
    assert not np.array_equal(place(3).picture, place(4).picture)


def test_a_pixel_sees_the_ground_that_projects_to_it():
    x, y, seen = trace(CAMERA, np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 1.0, 0]))
    assert seen.all()
    (u, v), _ = CAMERA.project(np.array([x[150, 40], y[150, 40], 0.0]))
    assert (u, v) == pytest.approx((40.5 / 2, 150.5 / 2), abs=1e-3)


@pytest.mark.parametrize("heading", [0.0, 0.3, -0.5, 1.0, np.pi / 2, 2.0, -1.2])
def test_no_wall_stands_before_the_path(heading):
    for seed in range(8):
        ground = place(seed, heading).ground
        assert ground[55:65, 75:85].min() == 255


def test_walkways_turn_with_their_heading():
    assert Walkway(np.pi / 2, 4.0).to_world(3.0, 1.0) == pytest.approx((-1.0, 3.0))


def test_stones_have_joints():
    u, v = np.meshgrid(np.linspace(0.01, 2, 200, dtype=np.float32), np.linspace(0.01, 2, 200, dtype=np.float32))
    stones = slabs((150, 150, 150), 0.5, 0.5)(u, v, Grain(np.random.default_rng(0)))
    assert stones.shape == (200, 200, 3)
    assert stones[:2].mean() < 0.85 * stones[10:40].mean()


def test_noise_belongs_to_places():
    grain = Grain(np.random.default_rng(0))
    u, v = np.meshgrid(np.linspace(-5, 5, 50, dtype=np.float32), np.linspace(-5, 5, 40, dtype=np.float32))
    assert np.array_equal(grain.rough(u, v, 0.5)[:, 10:20], grain.rough(u[:, 10:20], v[:, 10:20], 0.5))


def test_clouds_cast_no_shadows():
    assert place(1, sunlight=0.0).shade == 0.0
    assert place(1, sunlight=1.0).shade > 0.3
