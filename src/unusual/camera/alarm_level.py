"""From which score on a camera's event is an alarm: it follows the camera's card, and what a person sets meanwhile."""

from functools import lru_cache

from unusual.store.cameras import CameraCard
from unusual.store.settings import Setting, Settings

RECORDED_PER_DAY = 50.0  # events that ordinary footage gives so often are kept too: a slider can then show them
RECORDED_FROM = 2.0  # and whatever reaches this live score, at which recorded files have their events


class AlarmLevel:
    """score: the live score of an alarm; wanted: how many a day that is; often: how many a day a score is.

    begun: alarms a day that watching was begun with, None for those that the card says.
    """

    def __init__(self, card: CameraCard, begun: float | None) -> None:
        self.begun = begun
        self.take(card)

    def take(self, card: CameraCard) -> None:
        """Go on with this card: of a new model, or with a sharper scale."""
        self.card, self.wanted = card, card.wanted(self.begun)
        self.score = card.alarm_scale.threshold(self.wanted).score
        self.often = lru_cache(maxsize=16)(card.alarm_scale.alarms_per_day)

    def follow(self, settings: Settings) -> None:
        """Take what a person has set. Raises as `Settings`; all stays then."""
        wanted = self.card.wanted(settings.get(self.card.name, Setting.ALARMS_PER_DAY), self.begun)
        if wanted != self.wanted:
            self.score, self.wanted = self.card.alarm_scale.threshold(wanted).score, wanted

    @property
    def recorded(self) -> float:
        """Live score from which on an event is recorded, alarm or not."""
        return min(self.score, self.card.alarm_scale.threshold(RECORDED_PER_DAY).score, RECORDED_FROM)
