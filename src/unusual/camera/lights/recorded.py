"""A recorded video of a camera of several lights: each stretch is scored by the model of the light it was seen in.

This is what watching does (`camera/intake.py`): another light counts once it has lasted, and what is seen while lights
change is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import tzinfo
from itertools import chain
from math import inf, nan

from unusual.camera.housekeeping import load_model
from unusual.domain import Frame
from unusual.run.checkpoint import Checkpoint
from unusual.run.outputs import Album
from unusual.run.score import Progress, Reading, ScoredVideo, Thresholds, refuse_camera
from unusual.run.stream import Listener, Stream, Tally
from unusual.scores.events import RunningEvents
from unusual.scores.judgement import Judgement
from unusual.scores.wording import clock
from unusual.store.cameras import CameraCard, read_cards
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.store.settings import Setting
from unusual.video.condition.levels import showing
from unusual.video.condition.light import Light, LightSwitch
from unusual.video.condition.steadying import steadying
from unusual.video.reader import open_video
from unusual.video.source import Named


@dataclass(frozen=True, slots=True)
class LightJudge:
    """Who judges what is seen in a light, and what makes an event there: so many a day. card: of that model."""

    checkpoint: Checkpoint
    thresholds: Thresholds
    card: CameraCard
    alarms_per_day: float


@dataclass(frozen=True, slots=True)
class _Lit:
    """What was seen in one light, from a time on. enter: the score of an event when it began."""

    light: Light | None
    first_s: float
    enter: float


def judges_of(home: Home, name: str, alarms_per_day: float | None, zone: tzinfo) -> dict[Light | None, LightJudge]:
    """A camera's models by their light, with the thresholds that are in force. That of its folder comes first.

    Args:
        alarms_per_day: None for what a person has set or it was learnt for.
        zone: of the clock that its hours are told by.

    Raises CheckpointError, DataError as `read_cards` and `load_model`, ConfigError for alarms a day that cannot be.
    """
    with closing(EventStore.open(home)) as store:
        chosen = store.settings.get(name, Setting.ALARMS_PER_DAY)
    judges: dict[Light | None, LightJudge] = {}
    for card in read_cards(home, name):
        plain = Thresholds(leave=min(card.leave, Thresholds().enter))
        wanted = card.wanted(alarms_per_day, chosen)
        thresholds = plain.by(card.alarm_scale, wanted, zone)
        judges[card.light] = LightJudge(load_model(home, card), thresholds, card, wanted)
    return judges


def score_lit(
    source: Named,
    judges: Mapping[Light | None, LightJudge],
    *,
    begins_utc: float | None = None,
    pictures: bool | Album = True,
    progress: Progress = lambda done, expected: None,
    listeners: Sequence[Listener] = (),
) -> ScoredVideo:
    """Score a recorded video as `score_video` does, by a camera's models.

    Args:
        judges: by the light; one alone, whatever its light, judges everything.
        begins_utc: when its first frame was, if that is known: thresholds follow the hour then.

    Raises as `score_video`.
    """
    refuse_camera(source)
    reading, tally, stretches = Reading(source, pictures, progress), Tally(), list[_Lit]()
    heard = [*listeners, reading.curves]
    first_judge = next(iter(judges.values()))
    with (
        steadying(first_judge.card.steadied),
        showing(first_judge.checkpoint.levels),
        open_video(source) as video,
        reading.frames(video) as frames,
    ):
        switch = LightSwitch()
        while (first := next(frames, None)) is not None:
            if not stretches:
                switch.add(first.time_s, first.rgb)
            light = switch.light if len(judges) > 1 else None
            judge = judges.get(light, first_judge)
            enter = judge.thresholds.enter if begins_utc is None else judge.thresholds.at(begins_utc + first.time_s)
            stretches.append(_Lit(light, first.time_s, enter))
            events = judge.thresholds.finder()
            clocked = [] if begins_utc is None else [_Clocked(events, judge.thresholds, begins_utc)]
            stream = Stream(
                judge.checkpoint,
                [*clocked, *heard],
                events,
                longest_s=inf,
                pictured=bool(pictures),
                name=video.info.name,
            )
            stream.tally = tally
            within = chain([first], frames)
            stream.run(within if light is None else _in_light(within, switch, heard))
    enter = stretches[0].enter if stretches else first_judge.thresholds.enter
    thresholds = replace(first_judge.thresholds, enter=enter, leave=min(first_judge.thresholds.leave, enter))
    scorer = first_judge.checkpoint.scorer
    return reading.result(video, scorer, thresholds, tally.scored, _lights(stretches))


class _Clocked(Listener):
    """Sets the score that makes an event to that of the hour, before a frame is held against it."""

    def __init__(self, events: RunningEvents, thresholds: Thresholds, begins_utc: float) -> None:
        self._events, self._thresholds, self._begins_utc = events, thresholds, begins_utc

    def scored(self, frame: Frame, score: float, judgements: Sequence[Judgement]) -> None:
        self._events.enter = self._thresholds.at(self._begins_utc + frame.time_s)


def _in_light(frames: Iterator[Frame], switch: LightSwitch, heard: Sequence[Listener]) -> Iterator[Frame | None]:
    """Frames up to another light. What is seen while it may be changing is told as not scored, once all before is."""
    light, left_out = switch.light, False
    for frame in frames:
        if switch.add(frame.time_s, frame.rgb) and switch.light is light:
            yield replace(frame, after_gap=frame.after_gap or left_out)
            left_out = False
            continue
        if not left_out:
            yield None
            left_out = True
        for listener in heard:
            listener.scored(frame, nan, ())
        if switch.light is not light:
            return


def _lights(stretches: Sequence[_Lit]) -> list[str]:
    """In which lights it was seen, where these are several."""
    if len(stretches) < 2:
        return []
    told = ", ".join(f"{each.light} from {clock(each.first_s)} (events from {each.enter:.2f})" for each in stretches)
    return [f"seen in several lights, each judged by its own model: {told}"]
