"""A shard judges its frames as the whole video does, whichever way the video is cut."""

from dataclasses import astuple, replace

import numpy as np
import pytest
from made_archive import BRIGHT, archived, by_brightness, planned

from unusual.errors import DataError
from unusual.run.archive.shard import read_scored, score_shard
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import Thresholds, score_video
from unusual.scores.zones import Zone, ZoneKind, ZoneMap


def assert_the_same(frames, events, result, atol=1e-6):
    np.testing.assert_allclose([f.time_s for f in frames], result.live.times_s, atol=atol)
    np.testing.assert_allclose([f.live for f in frames], result.live.scores, atol=atol)
    found = [found.event for found in events]
    assert len(found) == len(result.events) > 0
    for one, other in zip(found, result.events, strict=True):
        assert (one.why, one.zone) == (other.why, other.zone)
        np.testing.assert_allclose(*(astuple(each.region) for each in (one, other)), atol=atol)
        times = [(e.start_s, e.end_s, e.peak_s, e.peak_score) for e in (one, other)]
        np.testing.assert_allclose(*times, atol=atol)


@pytest.mark.parametrize("minutes", [0.05, 0.2, 5.0], ids=["of 3 s", "of 12 s, and a rest", "one"])
@pytest.mark.parametrize("memory", [1, 7])
@pytest.mark.parametrize("units", [(1, 1), (5, 5), (6, 2)], ids=str)
def test_one_shard_or_many_give_the_scores_and_events_of_the_whole(film, tmp_path, minutes, memory, units):
    trained = by_brightness(*units, memory=memory)
    whole = score_video(film, trained, thresholds=BRIGHT, pictures=False).result
    assert_the_same(*archived(film, tmp_path, trained, minutes), whole)


@pytest.mark.parametrize("minutes", [0.05, 0.13, 5.0])
def test_a_film_cut_into_segments_is_the_film(film, segments, tmp_path, minutes):
    trained = by_brightness(6, 2, memory=5)
    whole = score_video(film, trained, thresholds=BRIGHT, pictures=False).result
    assert_the_same(*archived(segments, tmp_path, trained, minutes), whole)


@pytest.mark.parametrize("changes", [[], ["clips.step=3"]], ids=["as trained", "denser"])
def test_a_network_judges_shards_as_the_whole(film, segments, tmp_path, trained, changes):
    network, low = load_checkpoint(trained, changes), Thresholds(enter=0.5, leave=0.2)
    whole = score_video(film, network, thresholds=low, pictures=False).result
    frames, events = archived(segments, tmp_path, network, 0.15, low)
    assert_the_same(frames, events, whole)
    published = np.array([frame.paper for frame in frames])
    spread = (published - published.min()) / np.ptp(published)
    np.testing.assert_allclose(spread, whole.paper.scores, atol=1e-5)


DOOR = Zone(ZoneKind.NAMED, ((0, 0), (1, 0), (1, 1), (0, 1)), "door")
NOWHERE = Zone(ZoneKind.IGNORE, ((0, 0), (0.6, 0), (0.6, 1), (0, 1)))


def test_zones_count_in_shards_as_in_the_whole(film, tmp_path):
    trained = replace(by_brightness(6, 2, memory=3), zone_map=ZoneMap((DOOR, NOWHERE)))
    whole = score_video(film, trained, thresholds=BRIGHT, pictures=False).result
    frames, events = archived(film, tmp_path, trained, 0.1)
    assert_the_same(frames, events, whole)
    assert {found.event.zone for found in events} == {event.zone for event in whole.events} == {"door"}


def test_rows_are_owned_by_one_shard_alone(segments, tmp_path):
    trained = by_brightness(6, 2)
    shards = planned(segments, tmp_path, trained.scorer.reach, 0.1)
    tables = [read_scored(score_shard(shard, trained))[0] for shard in shards]
    frames = np.concatenate([table["frame"].to_numpy() for table in tables])
    np.testing.assert_array_equal(frames, np.arange(400))
    assert [table["seam"].to_pylist()[0] for table in tables] == [True, *[False] * (len(shards) - 1)]


def test_a_shard_is_not_judged_by_another_model(segments, tmp_path):
    shard = planned(segments, tmp_path, by_brightness().scorer.reach, model="ab")[0]
    with pytest.raises(DataError, match="another model"):
        score_shard(shard, by_brightness())


def test_a_broken_shard_is_said_in_a_line():
    with pytest.raises(DataError, match="broken"):
        read_scored(b"no parquet")
