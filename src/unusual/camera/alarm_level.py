"""From which score on a camera's event is an alarm: it follows the camera's card, and what a person sets meanwhile."""

from collections.abc import Collection
from functools import lru_cache, partial

from unusual.scores.by_hour import HourlyLevels, hour_of, often_at, promised
from unusual.scores.zones import Zone, ZoneMap, Zones
from unusual.store.cameras import CameraCard
from unusual.store.rules.wall_clock import local_zone
from unusual.store.settings import Setting, Settings

RECORDED_PER_DAY = 50.0  # events that ordinary footage gives so often are kept too: a slider can then show them
RECORDED_FROM = 2.0  # and whatever reaches this live score, at which recorded files have their events
MOST_WEIGHT = 10.0  # of a zone: what hardly passes ordinary footage alarms nowhere


class AlarmLevel:
    """levels: the live score of an alarm, by the hour of the clock on the wall, which is this machine's.

    wanted: how many a day that is. begun: alarms a day that watching was begun with, None for those that the card says.
    zone_map: the camera's zones, each of its own alarms a day. A zone has the scale of the whole picture, which no part
    of it reaches more often: so its alarms are at most as many.
    """

    def __init__(self, card: CameraCard, begun: float | None, zones: Zones = ()) -> None:
        self.begun, self.zones, self.clock = begun, zones, local_zone()
        self.take(card)

    def take(self, card: CameraCard) -> None:
        """Go on with this card: of a new model, or with a sharper scale."""
        self.card = card
        self._often = lru_cache(maxsize=16)(partial(often_at, card.alarm_scale))
        self._offered = HourlyLevels.of(card.alarm_scale, RECORDED_PER_DAY, self.clock)
        self._want(card.wanted(self.begun))
        self.heed(self.zones)

    def heed(self, zones: Zones, off: Collection[str] = ()) -> None:
        """Go on with these zones. off: names of those that are switched off now."""
        self.zones = zones
        self.zone_map = ZoneMap(zones, [self._weight(zone) for zone in zones], self.leave, off)

    @property
    def score(self) -> float:
        """The live score of an alarm at an hour that is not known."""
        return self.levels.general

    def often(self, score: float, utc: float) -> float:
        """How many a day a score is, if the whole day were like the hour of that time."""
        return self._often(score, hour_of(utc, self.clock))

    def of(self, zone: str, utc: float) -> float:
        """The live score of an alarm at a time in a named zone; in the rest of the picture with ""."""
        weights = zip(self.zones, self.zone_map.weights, strict=True)
        weight = next((weight for each, weight in weights if zone and each.name == zone), 1.0)
        return self.zone_map.unweighed(self.levels.at(utc), weight)

    @property
    def words(self) -> str:
        """What is promised, in a line."""
        return promised(self.card.alarm_scale.threshold(self.wanted), self.levels)

    @property
    def leave(self) -> float:
        """Live score at which an event ends."""
        return min(self.card.leave, self.levels.lowest, self._offered.lowest, RECORDED_FROM)

    def _weight(self, zone: Zone) -> float:
        """What brings the zone's own level to the camera's."""
        if zone.alarms_per_day is None or not self.score > self.leave:
            return 1.0
        above = self.card.alarm_scale.threshold(zone.alarms_per_day).score - self.leave
        return min(MOST_WEIGHT, (self.score - self.leave) / above) if above > 0 else MOST_WEIGHT

    def follow(self, settings: Settings) -> None:
        """Take what a person has set. Raises as `Settings`; all stays then."""
        wanted = self.card.wanted(settings.get(self.card.name, Setting.ALARMS_PER_DAY), self.begun)
        if wanted != self.wanted:
            self._want(wanted)
            self.heed(self.zones, self.zone_map.off)

    def recorded(self, utc: float) -> float:
        """Live score from which on an event is recorded at a time, alarm or not; never below `leave`."""
        return min(self.levels.at(utc), self._offered.at(utc), RECORDED_FROM)

    def _want(self, wanted: float) -> None:
        self.wanted, self.levels = wanted, HourlyLevels.of(self.card.alarm_scale, wanted, self.clock)
