"""`unusual learn`: ordinary footage of one camera in, its model out."""

from collections.abc import Sequence
from typing import Annotated

import typer

from unusual.app.commands.cameras.update import update as update_camera
from unusual.app.commands.options import (
    REFERRING,
    AlarmsPerDay,
    Cache,
    CacheGb,
    CameraName,
    Changes,
    EvenIfWorse,
    Home,
    TrainingMinutes,
    seconds_of,
    told,
)
from unusual.app.terminal import say, then
from unusual.errors import ConfigError


def learn(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Ordinary footage: files, folders, or a live camera with --for.")
    ] = None,
    name: CameraName = "camera",
    duration: Annotated[str, typer.Option("--for", help="How long to record a live camera: 2h, 30m.")] = "",
    home: Home = None,
    method: Annotated[str | None, typer.Option(help="Else chosen for this machine; docs/method.md has all.")] = None,
    preset: Annotated[str | None, typer.Option(help="Else chosen for this machine.")] = None,
    changes: Changes = None,
    minutes: TrainingMinutes = 0.0,
    odd: Annotated[str, typer.Option(help="The oddest stretches: ask, aside, ordinary or unusual.")] = "ask",
    alarms_per_day: AlarmsPerDay = None,
    update: Annotated[bool, typer.Option("--update", help="`unusual update` is the new word.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --update: take the new model without asking.")] = False,
    even_if_worse: EvenIfWorse = False,
    cache: Cache = None,
    cache_gb: CacheGb = 20.0,
) -> None:
    """Learn a camera from its own ordinary footage: model, thresholds, and a card that says what they are worth."""
    from unusual.app.learning import LearningWords
    from unusual.app.report.card import expected
    from unusual.camera.cuts import Odd
    from unusual.camera.learn import LearnSettings, learn_camera
    from unusual.run.fit import CacheLimits
    from unusual.video.cache import cache_folder

    if odd not in list(Odd):
        raise ConfigError(f"--odd is one of {', '.join(Odd)}, got {odd!r}")
    if update:
        say(f"learn --update is called update now: unusual update --as {name}")
        update_camera(
            name,
            home,
            changes=changes,
            minutes=minutes,
            alarms_per_day=alarms_per_day,
            yes=yes,
            even_if_worse=even_if_worse,
            cache=cache,
            cache_gb=cache_gb,
        )
        return
    if not sources:
        raise ConfigError("give ordinary footage to learn from: files, folders, or rtsp://... with --for 2h")
    settings = LearnSettings(
        duration_s=seconds_of(duration),
        method=method,
        preset=preset,
        changes=tuple(changes or ()),
        minutes=minutes,
        odd=Odd(odd),
        alarms_per_day=alarms_per_day,
        cache=CacheLimits(cache or cache_folder(), cache_gb),
    )
    with LearningWords.shown() as listener:
        learnt = learn_camera(list(map(told, sources)), name, home, settings, listener)
    print("\n".join(expected(learnt.card)))
    print(f"camera: {learnt.folder}\ncard: {learnt.folder / 'card.html'}")
    then(f"unusual watch {watched(sources)} --model {name}")
    then("in another terminal: unusual serve")


def watched(sources: Sequence[str]) -> str:
    """The one camera that was learnt from, as it was named; SOURCE for files, and where its address holds a secret."""
    from unusual.video.source import Source, hidden_in

    first = sources[0] if len(sources) == 1 else ""
    plain = first and Source.of(first).is_camera and not hidden_in(Source.of(first))
    return first if plain or first.startswith(REFERRING) else "SOURCE"
