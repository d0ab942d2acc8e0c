"""`unusual update`: a camera's model learns from what its operator marked ordinary."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from unusual.app.commands.options import (
    AlarmsPerDay,
    Cache,
    CacheGb,
    CameraName,
    Changes,
    EvenIfWorse,
    Home,
    TrainingMinutes,
)
from unusual.app.terminal import say, table, warn
from unusual.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unusual.camera.update import Rescored


def update(
    name: CameraName = "camera",
    home: Home = None,
    changes: Changes = None,
    minutes: TrainingMinutes = 0.0,
    alarms_per_day: AlarmsPerDay = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take it without asking, if it loses no useful alarm.")] = False,
    even_if_worse: EvenIfWorse = False,
    cache: Cache = None,
    cache_gb: CacheGb = 20.0,
) -> None:
    """Let a camera's model learn from events that were marked ordinary; shows what changes before it is taken."""
    from unusual.app.learning import LearningWords
    from unusual.camera.update import lost, update_camera
    from unusual.run.fit import CacheLimits
    from unusual.store.cameras import mend_camera, read_card
    from unusual.store.home import home_folder
    from unusual.video.cache import cache_folder

    place, limits = home_folder(home), CacheLimits(cache or cache_folder(), cache_gb)
    if not (yes or sys.stdin.isatty()):
        mend_camera(place, name)
        read_card(place, name)
        raise ConfigError("nobody is there to be asked whether the new model is taken: add --yes")
    with LearningWords.shown() as listener:

        def accept(past: "Sequence[Rescored]") -> bool:
            show(past)
            if worse := lost(past):
                warn(f"the new model loses {worse} useful alarm{'s' * (worse != 1)}")
            return (yes and (even_if_worse or not worse)) or (not yes and asked())

        lights = update_camera(
            name,
            place,
            accept=accept,
            changes=changes or (),
            minutes=minutes,
            alarms_per_day=alarms_per_day,
            cache=limits,
            listener=listener,
        )
    for updated in lights:
        what = f"{name} in {updated.card.light}" if updated.card.light else name
        if updated.taken:
            print(f"{what} has a new model; the old one is in {updated.folder}")
        else:
            print(f"{what} stays as it is")
    if yes and not all(updated.taken for updated in lights):
        say("to take the new model all the same: --yes --even-if-worse")
        raise typer.Exit(1)


def show(past: "Sequence[Rescored]") -> None:
    """Print what the new model makes of past events, by what people said of them."""
    from unusual.store.events import Verdict

    rows = []
    for verdict in (*Verdict, None):
        of = [each for each in past if each.event.verdict is verdict]
        if of:
            alarms = [sum(each.old_alarm for each in of), sum(each.new_alarm for each in of)]
            rows.append([verdict or "no verdict", str(len(of)), *map(str, alarms)])
    table("Past events under both models", ["marked", "events", "alarms, old model", "alarms, new model"], rows)


def asked() -> bool:
    """Whether the person at the terminal, if there is one, wants the new model."""
    return sys.stdin.isatty() and input("take the new model? y or n: ").strip().lower().startswith("y")
