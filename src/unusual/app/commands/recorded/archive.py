"""`unusual archive`: thousands of hours of recordings -> scores, events, the dashboard's past of cameras, a report."""

from collections.abc import Callable
from functools import wraps
from importlib.util import find_spec
from inspect import Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from unusual.app.commands.options import Denser, Enter, Home, Leave, seconds_of
from unusual.errors import ConfigError

if TYPE_CHECKING:
    from unusual.run.archive.words import ArchiveWords

T = TypeVar("T")
Out = Annotated[Path, typer.Option(help="Folder of the archive: its plan, what is done, and what comes out.")]
Files = Annotated[list[str], typer.Argument(help="Folders of recordings, globs, lists (.txt), or films.")]
Model = Annotated[
    Path | None, typer.Option("--checkpoint", "-c", help="Judges all cameras; else each camera's own, from --home.")
]
Patterns = Annotated[
    list[str] | None,
    typer.Option("--camera", help="Of paths, as '{camera}/{year}{month}{day}-{hour}{minute}{second}*'. Repeatable."),
]
Zone = Annotated[str, typer.Option(help="Time zone of the recorder's file names, as Europe/Berlin.")]
Minutes = Annotated[float, typer.Option("--shard-minutes", help="Of video that is judged at once.")]
Shelf = Annotated[str, typer.Option(help="Where finished shards are put: a folder, or an address for fsspec.")]
Alarms = Annotated[
    float | None, typer.Option(min=0.001, max=1440, help="Events a day that you can look at; else --enter says.")
]
Workers = Annotated[int, typer.Option(min=0, help="Processes of one thread each; 0: one a processor.")]
Engine = Annotated[str, typer.Option(help="local, or ray.")]
Address = Annotated[str, typer.Option(help="Of a Ray cluster; without it Ray runs on this machine.")]
Limit = Annotated[str, typer.Option(help="That a shard may take, as 30m; else by its length.")]
Retry = Annotated[bool, typer.Option("--retry", help="Try again what was given up.")]
Replan = Annotated[bool, typer.Option("--replan", help="Look at all files again: some were added, or have gone.")]

archive = typer.Typer(
    help="Recordings of months -> scores, events, the dashboard's past of cameras, one report.", no_args_is_help=True
)


def need_tables() -> None:
    """Raise ConfigError where the extra is not installed."""
    if find_spec("pyarrow") is None:
        raise ConfigError("unusual archive keeps its tables as Parquet: pip install 'unusual[archive]'")


def said(
    files: Files,
    checkpoint: Model = None,
    home: Home = None,
    patterns: Patterns = None,
    zone: Zone = "UTC",
    minutes: Minutes = 10.0,
    shelf: Shelf = "",
    changes: Denser = None,
    enter: Enter = 2.0,
    leave: Leave = 1.0,
    alarms_per_day: Alarms = None,
) -> "ArchiveWords":
    """The words of an archive."""
    need_tables()
    from unusual.run.archive.words import ArchiveWords

    return ArchiveWords(
        tuple(files),
        tuple(patterns or ()),
        zone,
        minutes,
        str(checkpoint.absolute()) if checkpoint else "",
        tuple(changes or ()),
        str(home.absolute()) if home else "",
        shelf,
        enter,
        leave,
        alarms_per_day,
    )


def worded(command: Callable[..., T]) -> Callable[..., T]:
    """The command, which takes words, taking what `said` takes instead, and then its own options."""
    first, own = signature(said).parameters, list(signature(command).parameters.values())[1:]

    @wraps(command)
    def taken(**options: Any) -> T:
        return command(said(**{name: options.pop(name) for name in first}), **options)

    taken.__signature__ = Signature([*first.values(), *own])  # type: ignore[attr-defined]
    taken.__annotations__ = {each.name: each.annotation for each in (*first.values(), *own)}
    return taken


@archive.command()
@worded
def plan(words: "ArchiveWords", out: Out = Path("runs/archive"), workers: Workers = 0) -> None:
    """Look at all recordings, and write the manifest: what is to be judged, in shards."""
    from unusual.app.archiving import run_plan

    print(run_plan(words, out, workers))


@archive.command()
@worded
def run(
    words: "ArchiveWords",
    out: Out = Path("runs/archive"),
    workers: Workers = 0,
    engine: Engine = "local",
    address: Address = "",
    limit: Limit = "",
    retry: Retry = False,
    replan: Replan = False,
) -> int:
    """Judge an archive and report on it. Whatever stopped it: the same command goes on where it was."""
    from unusual.app.archiving import run_archive

    return run_archive(words, out, workers, (engine, address), seconds_of(limit), retry=retry, replan=replan)


@archive.command()
def shard(
    index: Annotated[int, typer.Option(min=0, help="Row of the manifest, from 0; in Kubernetes the job's index.")],
    out: Out = Path("runs/archive"),
    limit: Limit = "",
) -> int:
    """Judge one shard of a plan. Ends with 0: done; 3: its files cannot be judged; 75: try again; 2: wrongly set up."""
    need_tables()
    from unusual.app.archiving import run_shard

    return run_shard(out, index, seconds_of(limit))


@archive.command()
def report(out: Out = Path("runs/archive"), workers: Workers = 0) -> int:
    """Put together what is done, whoever did it: scores, events, the dashboard's past, the report."""
    need_tables()
    from unusual.app.archiving import run_report

    return run_report(out, workers)
