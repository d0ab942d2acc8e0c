"""Bodies seen through a camera: perspective, motion below a pixel, what is near covers what is far."""

import numpy as np
import pytest

from unusual.data.made_up.figures import Body, Camera, Limb, Panel, Place, Sprite, cast_shadows, draw, paste, stand

CAMERA = Camera(160, 120, focal=200.0, tilt=0.4, distance=12.0)
NO_SUN = np.zeros(2)
RED, BLUE = (200.0, 40.0, 40.0), (40.0, 40.0, 200.0)
POST = Body([Limb((0, 0, 0.2), (0, 0, 1.6), 0.2, 0.2, RED)])


def drawn(body: Body, place: Place) -> Sprite:
    [sprite] = draw(CAMERA, [stand(body, place)], NO_SUN)
    assert sprite is not None
    return sprite


def middle(sprite: Sprite) -> tuple[float, float]:
    alpha = sprite.rgba[..., 3].astype(float)
    rows, columns = np.indices(alpha.shape)
    return sprite.left + (columns * alpha).sum() / alpha.sum(), sprite.top + (rows * alpha).sum() / alpha.sum()


def test_the_axis_of_the_camera_meets_the_world_at_its_origin():
    place, depth = CAMERA.project(np.zeros(3))
    assert place == pytest.approx((80, 60))
    assert depth == pytest.approx(12)


@pytest.mark.parametrize(
    ("point", "further"),
    [
        pytest.param((1, 0, 0), (1, 0), id="x is to the right"),
        pytest.param((0, 2, 0), (0, -1), id="y is up and away"),
        pytest.param((0, 0, 1), (0, -1), id="z is up"),
    ],
)
def test_directions(point, further):
    u, v = CAMERA.project(np.array(point, float))[0] - (80, 60)
    assert (np.sign(round(u, 6)), np.sign(round(v, 6))) == further


def test_who_is_twice_as_far_is_half_as_tall():
    near, far = (drawn(POST, Place(0, y)).rgba[..., 3] for y in (0.0, 12 / np.cos(0.4)))
    assert (far[:, far.shape[1] // 2] > 127).sum() * 2 == pytest.approx(
        (near[:, near.shape[1] // 2] > 127).sum(), abs=3
    )


def test_a_tenth_of_a_pixel_is_seen():
    step = 0.1 / CAMERA.focal * CAMERA.distance  # metres for a tenth of a pixel
    u = [middle(drawn(POST, Place(i * step, 0.0)))[0] for i in range(25)]
    assert np.diff(u) == pytest.approx([0.1] * 24, abs=0.06)


def test_heading_turns_and_pitch_lays_down():
    arm = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.5]])
    assert Place(2, 3, heading=np.pi / 2).to_world(arm) == pytest.approx(np.array([[2, 4, 0], [2, 3, 1.5]]))
    assert Place(0, 0, pitch=np.pi / 2).to_world(arm)[1] == pytest.approx((1.5, 0, 0.09))


def test_near_parts_cover_far_parts():
    box = [
        Panel(((-1, y, 0.0), (1, y, 0.0), (1, y, 2.0), (-1, y, 2.0)), colour) for y, colour in ((1, RED), (-1, BLUE))
    ]
    sprite = drawn(Body(POST.limbs, box), Place(0, 0))
    h, w = sprite.rgba.shape[:2]
    assert sprite.rgba[h // 2, w // 2].tolist() == [40, 40, 200, 255]


@pytest.mark.parametrize("place", [Place(50, 0), Place(0, -20), Place(0, 0, z=30)])
def test_who_is_out_of_view_is_not_drawn(place):
    assert list(draw(CAMERA, [stand(POST, place)], NO_SUN)) == [None]


def test_nobody_to_draw_is_fine():
    layer = np.zeros((120, 160), np.uint8)
    cast_shadows(layer, CAMERA, [], np.array([1.0, 0.0]))
    assert list(draw(CAMERA, [], NO_SUN)) == []
    assert not layer.any()


def test_a_sprite_covers_where_it_is_solid_and_mixes_at_its_edge():
    frame = np.full((3, 3, 3), 100, np.uint8)
    paste(frame, Sprite(0, 1, 5.0, np.array([[[50, 0, 0, 255], [100, 0, 0, 128], [0, 0, 0, 0]]], np.uint8)))
    assert frame[1].tolist() == [[50, 0, 0], [150, 50, 50], [100, 100, 100]]
    assert (frame[[0, 2]] == 100).all()


def test_a_shadow_falls_away_from_the_sun():
    layer = np.zeros((120, 160), np.uint8)
    cast_shadows(layer, CAMERA, [stand(POST, Place(0, 0))], np.array([1.0, 0.0]))
    columns = np.flatnonzero(layer.any(axis=0))
    assert columns.min() > 70
    assert columns.max() == pytest.approx(80 + 1.8 * CAMERA.focal / CAMERA.distance, abs=4)
