"""What a camera's day lacked: when it was away, or its picture not fit to be judged. Places are percent of the day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from unusual.app.dashboard.views.words import HEALTH, STATES, State, moment, state_of
from unusual.scores.wording import duration
from unusual.store.healthlog import HealthEntry

WELL = ("online", "connecting", "ended", "ok", "off")
NARROWEST = 0.15  # percent of a day's width that a trouble is drawn with, at the least


@dataclass(frozen=True, slots=True)
class Trouble:
    """A stretch in which a camera was not well. left, width: percent; words: what was logged, and for how long."""

    left: float
    width: float
    state: State
    time: str
    words: str


def troubles_of(
    entries: Sequence[HealthEntry], span: tuple[float, float], until_utc: float, zone: tzinfo
) -> tuple[Trouble, ...]:
    """The troubles of a day, in order.

    Args:
        entries: of one camera's health log, the newest first, from before the day so far as something went on.
        span: of the day, UTC seconds. until_utc: the watcher's last word; what has not ended lasts till then.
    """
    since, until = span
    found = []
    for entry, end_utc in sorted(_lasting(entries, until_utc), key=lambda lasting: lasting[0].utc):
        begin, end = max(entry.utc, since), min(end_utc, until)
        if begin > end or not since <= begin < until:
            continue
        width = max(100 * (end - begin) / (until - since), NARROWEST)
        lasted = f"for {duration(end_utc - entry.utc)}" if end_utc > entry.utc else ""
        words = "; ".join(filter(None, (lasted, entry.words)))
        left = 100 * (begin - since) / (until - since)
        found.append(
            Trouble(round(left, 3), round(width, 3), state_of(entry.state), f"{moment(begin, zone):%H:%M:%S}", words)
        )
    return tuple(found)


def _lasting(entries: Sequence[HealthEntry], until_utc: float) -> Iterator[tuple[HealthEntry, float]]:
    """Each trouble and when it ended: the connection's and the picture's go on side by side, others are moments."""
    open_: dict[bool, HealthEntry] = {}  # by whether it is the picture's
    for entry in reversed(entries):
        picture = entry.state in HEALTH
        if not picture and entry.state not in STATES:
            yield entry, entry.utc
            continue
        over = [True, False] if entry.state in ("connecting", "ended") else [picture]  # the watcher's first, last word
        for kind in over:
            if kind in open_:
                yield open_.pop(kind), entry.utc
        if entry.state not in WELL:
            open_[picture] = entry
    for entry in open_.values():
        yield entry, max(entry.utc, until_utc)
