"""The file of a camera's zones: who set them, and what is told where it is not ours."""

import pytest

from unusual.errors import ConfigError, DataError
from unusual.scores.zones import Zone, ZoneKind
from unusual.store.rules.zones import (
    ZONES,
    KeptZones,
    begin_zones,
    json_of,
    propose_zones,
    read_zones,
    write_zones,
    zones_of,
)

CORNERS = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5))
TREES = (Zone(ZoneKind.IGNORE, CORNERS),)
GATE = (Zone(ZoneKind.NAMED, CORNERS, "gate", 4.0, 120.0),)


def test_what_is_written_is_read(tmp_path):
    assert read_zones(tmp_path) == KeptZones()
    written = write_zones(tmp_path, TREES + GATE)
    assert read_zones(tmp_path) == written
    assert (written.zones, written.begun) == (TREES + GATE, None)
    assert written.changed_utc > 1e9


def test_what_a_person_draws_stays_until_watching_is_begun_with_others(tmp_path):
    assert begin_zones(tmp_path, None).zones == ()
    assert begin_zones(tmp_path, TREES).zones == TREES
    write_zones(tmp_path, GATE)
    assert begin_zones(tmp_path, TREES).zones == GATE
    assert begin_zones(tmp_path, TREES + GATE).zones == TREES + GATE
    write_zones(tmp_path, GATE)
    assert begin_zones(tmp_path, None).zones == (), "with none where there were some"
    write_zones(tmp_path, GATE)
    assert begin_zones(tmp_path, None).zones == GATE


def test_what_is_proposed_does_nothing_and_waits_for_a_person(tmp_path):
    propose_zones(tmp_path, ())
    assert not (tmp_path / ZONES).exists()
    propose_zones(tmp_path, TREES)
    assert (read_zones(tmp_path).zones, read_zones(tmp_path).proposed) == ((), TREES)
    begin_zones(tmp_path, GATE)
    assert read_zones(tmp_path).proposed == TREES
    write_zones(tmp_path, GATE)
    assert read_zones(tmp_path).proposed == TREES
    write_zones(tmp_path, TREES, ())
    assert read_zones(tmp_path).proposed == ()


def test_beginning_with_the_same_leaves_the_file_alone(tmp_path):
    begin_zones(tmp_path, TREES)
    before = (tmp_path / ZONES).stat().st_mtime_ns
    begin_zones(tmp_path, TREES)
    assert (tmp_path / ZONES).stat().st_mtime_ns == before


def test_they_come_from_toml_and_json_as_they_are_told():
    assert zones_of([{"kind": "ignore", "corners": [[0, 0], [0.5, 0], [0.5, 0.5]]}]) == TREES
    assert json_of(()) == "[]"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        pytest.param([{"kind": "forget", "corners": CORNERS}], "zones: 0.kind: .*'ignore', 'only'", id="a kind"),
        pytest.param([{"kind": "ignore", "corner": CORNERS}], "zones: 0.corners: ", id="without corners"),
        pytest.param(
            [{"kind": "ignore", "corners": CORNERS, "colour": "red"}], "zones: 0.colour: ", id="what is unknown"
        ),
        pytest.param([{"kind": "ignore", "corners": CORNERS[:2]}], "3 to 64 corners", id="a line"),
        pytest.param("trees", "zones: : Input should be a valid tuple", id="a word"),
    ],
)
def test_what_are_no_zones_is_told_by_its_place(told, said):
    with pytest.raises(ConfigError, match=said):
        zones_of(told)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": "unusual-zones-9"}', '{"zones": [{"kind": "ignore"}]}'])
def test_a_file_that_is_not_ours_is_named_and_a_person_may_draw_anew(tmp_path, text):
    (tmp_path / ZONES).write_text(text)
    with pytest.raises(DataError, match=r"zones\.json holds no zones: .*: mend it, or remove it to have none"):
        read_zones(tmp_path)
    write_zones(tmp_path, TREES)
    assert read_zones(tmp_path).zones == TREES
