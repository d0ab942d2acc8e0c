"""What an AUC does not say: how many events are found, after how long, and at how many false alarms per hour."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unusual.domain import Interval, ScoreCurve
from unusual.errors import ConfigError, DataError
from unusual.scores.events import EventCounts, find_events
from unusual.scores.gamma import gamma_quantiles

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What one threshold means to the people who watch.

    threshold:      an alarm is on while the score reaches it; NaN where no threshold finds as many events as asked.
    counts:         events found and missed, and false alarms.
    ordinary_hours: of footage in which an alarm is false.
    median_delay_s: over the events found, from the event's start to its first frame with an alarm; NaN without any.
    """

    threshold: float
    counts: EventCounts
    ordinary_hours: float
    median_delay_s: float

    @property
    def false_alarms_per_hour(self) -> float:
        """Of ordinary footage; NaN without any, or without a threshold."""
        return self.counts.false / self.ordinary_hours if self._known else float("nan")

    @property
    def hourly_interval(self) -> tuple[float, float]:
        """95 % interval of the false alarms per hour: the exact one of a Poisson count. NaN where there is no rate.

        Source: Garwood, "Fiducial limits for the Poisson distribution", Biometrika 1936.
        """
        if not self._known:
            return float("nan"), float("nan")
        low = _quantile(self.counts.false, 0.025) if self.counts.false else 0.0
        return low / self.ordinary_hours, _quantile(self.counts.false + 1, 0.975) / self.ordinary_hours

    @property
    def _known(self) -> bool:
        return self.ordinary_hours > 0 and not np.isnan(self.threshold)


def threshold_for(curves: Sequence[ScoreCurve], truth: Sequence[Sequence[Interval]], *, detection_rate: float) -> float:
    """The highest threshold at which at least this share of all events is found; NaN where none finds as many.

    Args:
        curves, truth: score curve and abnormal stretches of each clip. An event is found when any frame in it, both
            ends included, reaches the threshold; one without a scored frame never is.
        detection_rate: above 0, at most 1.

    Raises:
        ConfigError: detection_rate out of range.
        DataError: not one list of events for each curve, or no event at all.
    """
    if not 0 < detection_rate <= 1:
        raise ConfigError(f"detection_rate must lie above 0 and up to 1, got {detection_rate}")
    _check(curves, truth)
    peaks = sorted((_peak(curve, event) for curve, events in zip(curves, truth, strict=True) for event in events))
    if not peaks:
        raise DataError("a detection rate needs an event: every list of abnormal stretches is empty")
    peak = peaks[-int(np.ceil(detection_rate * len(peaks) - 1e-9))]  # 0.28 x 25 is 7.000000000000001
    return peak if peak > -np.inf else float("nan")


def operating_point(
    curves: Sequence[ScoreCurve],
    truth: Sequence[Sequence[Interval]],
    *,
    threshold: float,
    join_s: float = 0.0,
    margin_s: float = 0.0,
) -> OperatingPoint:
    """Count events and false alarms at a threshold.

    A false alarm is a run of ordinary frames that reach the threshold. An alarm that outlasts its event is a false
    one too, lest a detector that is always on had none; `margin_s` forgives what labels and scores of whole units
    leave open.

    Args:
        curves, truth: score curve and abnormal stretches of each clip, on one scale for all clips.
        threshold: `threshold_for` gives one; NaN finds nothing.
        join_s: false alarms less than this many seconds apart in one clip are one, see `find_events`.
        margin_s: frames this near to an abnormal stretch are neither ordinary nor part of the event.

    Raises:
        ConfigError: a negative duration.
        DataError: not one list of events for each curve.

    Source: ours; false alarms per hour at a detection rate is how alarm systems are specified.
    """
    if not margin_s >= 0:
        raise ConfigError(f"margin_s must be 0 or more, got {margin_s}")
    _check(curves, truth)
    delays_s: list[float] = []
    events, false, ordinary_s = 0, 0, 0.0
    for curve, spans in zip(curves, truth, strict=True):
        alarms = curve.times_s[curve.scores >= threshold]
        first = [alarms[_within(alarms, span)][:1] for span in spans]
        delays_s += [float(times[0]) - span.start_s for times, span in zip(first, spans, strict=True) if times.size]
        events += len(spans)
        ordinary = _ordinary(curve, spans, margin_s)
        ordinary_s += float(_durations_s(curve.times_s)[ordinary].sum())
        alarm = np.where(ordinary & (curve.scores >= threshold), 1.0, 0.0)
        binary = ScoreCurve(curve.video, curve.protocol, curve.times_s, alarm)
        false += len(find_events(binary, enter=1, leave=1, join_s=join_s))
    counts = EventCounts(found=len(delays_s), missed=events - len(delays_s), false=false)
    delay_s = float(np.median(delays_s)) if delays_s else float("nan")
    return OperatingPoint(float(threshold), counts, ordinary_s / HOUR_S, delay_s)


def _quantile(shape: int, share: float) -> float:
    return float(gamma_quantiles(np.array([share]), shape)[0])


def _check(curves: Sequence[ScoreCurve], truth: Sequence[Sequence[Interval]]) -> None:
    if len(curves) != len(truth):
        raise DataError(f"need the abnormal stretches of each clip, got {len(truth)} lists for {len(curves)} curves")


def _within(times_s: NDArray[np.float64], span: Interval, margin_s: float = 0.0) -> NDArray[np.bool_]:
    return (times_s >= span.start_s - margin_s) & (times_s <= span.end_s + margin_s)


def _peak(curve: ScoreCurve, event: Interval) -> float:
    scores = curve.scores[_within(curve.times_s, event)]
    return float(np.max(scores[~np.isnan(scores)], initial=-np.inf))


def _ordinary(curve: ScoreCurve, spans: Sequence[Interval], margin_s: float) -> NDArray[np.bool_]:
    """(N,) scored frames with no abnormal stretch near them."""
    near = np.zeros(curve.times_s.shape, np.bool_)
    for span in spans:
        near |= _within(curve.times_s, span, margin_s)
    return ~near & ~np.isnan(curve.scores)


def _durations_s(times_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """How long each frame is on: until the next one; the last as long as frames usually are."""
    steps = np.diff(times_s)
    return np.append(steps, np.median(steps)) if steps.size else np.zeros(times_s.shape)
