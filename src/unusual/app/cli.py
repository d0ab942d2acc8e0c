"""The command line: parse, call the library, print. No arithmetic lives here."""

import os
import signal
import sys
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands import cameras
from unusual.app.commands.needs import needs_torch
from unusual.app.discreet import discreet
from unusual.errors import ConfigError, UnusualError
from unusual.methods import DEFAULT, METHODS

USER_MISTAKE, INTERRUPTED = 2, 130
# What typer raises for a wrong word; it has lately come to carry a click of its own, so the class is found by name.
WrongWord: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")


def to_rate(word: str) -> Fraction:
    """Frames per second, as 10, 29.97 or 30000/1001. Raises ConfigError."""
    try:
        if (rate := Fraction(word)) > 0:
            return rate
    except (ValueError, ZeroDivisionError):
        pass
    raise ConfigError(f"--rate must be frames per second above 0, as 10 or 30000/1001, got {word!r}")


app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
data_app = typer.Typer(no_args_is_help=True, help="Look at data sets; make one up.")
app.add_typer(data_app, name="data")

Out = Annotated[Path, typer.Option(help="Folder for the results.")]
Model = Annotated[Path, typer.Option("--checkpoint", "-c", help="Folder that `unusual train` wrote.")]
Enter = Annotated[float, typer.Option(help="Live score that opens an event; ordinary footage seldom passes 1.")]
Leave = Annotated[float, typer.Option(help="Live score below which an event ends.")]
Changes = Annotated[
    list[str] | None, typer.Option("--set", help="clips.step=3 (state: cubes.step=3) scores a unit every third frame.")
]
Method = Annotated[str | None, typer.Option(help=f"One of {', '.join(METHODS)}; {DEFAULT} if not given.")]
Seed = Annotated[int, typer.Option(help="Of everything that is drawn at random.")]
Rate = Annotated[
    Fraction | None, typer.Option(parser=to_rate, metavar="FPS", help="Frames a second of folders of frames.")
]


@app.command()
def demo(out: Out = Path("runs/demo"), minutes: float = 1.5, seed: Seed = 0, method: Method = None) -> None:
    """Make up a scene, learn it, score it, write a report. Needs nothing but this package."""
    needs_torch()
    from unusual.app.commands.demo import run_demo

    print(f"open {run_demo(out, minutes=minutes, seed=seed, method=method)} in a browser")


@app.command()
def train(
    data: Annotated[list[str], typer.Argument(help="A data set (its training part is used), or ordinary videos.")],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint.")],
    method: Method = None,
    preset: Annotated[
        str | None, typer.Option(help="small (for a CPU, the default), paper (for a GPU); docs/method.md has all.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", help="One setting: network.depth=4. Repeatable.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Stop training after this time, rather than by epochs.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights and batches.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --out.")] = False,
    cache: Annotated[Path | None, typer.Option(help="Folder of prepared footage; safe to delete.")] = None,
    cache_gb: Annotated[float, typer.Option(help="What prepared footage may take of the disk.")] = 20.0,
) -> None:
    """Learn what is usual from ordinary footage."""
    needs_torch()
    from unusual.app.commands.train import run_training
    from unusual.run.config import make_config

    words = list(changes or [])
    words += [] if minutes is None else [f"training.minutes={minutes}"]
    words += [] if seed is None else [f"training.seed={seed}"]
    settings = make_config(method, preset, config, words)
    print(run_training(data, settings, out, cache, cache_gb, resume=resume))


@app.command()
def score(
    videos: Annotated[list[str], typer.Argument(help="Video files, folders of frames, or globs of images.")],
    checkpoint: Model,
    out: Out = Path("runs/score"),
    enter: Enter = 2.0,
    leave: Leave = 1.0,
    changes: Changes = None,
    annotate: Annotated[bool, typer.Option(help="Write the annotated video.")] = True,
    rate: Rate = None,
) -> None:
    """Score videos: curves, events, annotated videos, and one report."""
    needs_torch()
    from unusual.app.commands.score import run_scoring
    from unusual.run.checkpoint import load_checkpoint
    from unusual.run.score import Thresholds

    trained = load_checkpoint(checkpoint, changes or [])
    print(run_scoring(videos, trained, out, Thresholds(enter, leave), annotate=annotate, rate=rate))


@app.command()
def evaluate(
    data: Annotated[Path, typer.Argument(help="A data set with labels.")],
    checkpoint: Annotated[Path | None, typer.Option("--checkpoint", "-c", help="Folder of `unusual train`.")] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Others' frame scores instead: .npy, .csv or .json, see docs/evaluation.md.")
    ] = None,
    lower_is_worse: Annotated[bool, typer.Option("--lower-is-worse", help="Of --scores, as of a PSNR.")] = False,
    sigma: Annotated[float, typer.Option(help="Of the smoothed rows, in frames; 0: none.")] = 3.0,
    out: Out = Path("runs/evaluate"),
    enter: Enter = 2.0,
    leave: Leave = 1.0,
    changes: Changes = None,
    annotate: Annotated[bool, typer.Option(help="Write annotated videos.")] = False,
    rate: Rate = None,
) -> None:
    """Score a data set's test part, or take scores, and compare with its labels: tables, results.json, pictures."""
    from unusual.measure.compare import Smoothing

    smoothing = Smoothing(sigma)
    if (checkpoint is None) == (scores is None):
        raise ConfigError("give either --checkpoint, to score the clips, or --scores, a file of scores")
    if scores is not None:
        from unusual.app.commands.others import run_comparison

        if changes or annotate:
            raise ConfigError("--set and --annotate go with --checkpoint, not with --scores")
        print(run_comparison(data, scores, out, smoothing, lower_is_worse=lower_is_worse, rate=rate))
    elif checkpoint is not None:
        needs_torch()
        from unusual.app.commands.score import run_evaluation
        from unusual.run.checkpoint import load_checkpoint
        from unusual.run.score import Thresholds

        if lower_is_worse:
            raise ConfigError("--lower-is-worse goes with --scores, not with --checkpoint")
        trained, thresholds = load_checkpoint(checkpoint, changes or []), Thresholds(enter, leave)
        print(run_evaluation(data, trained, out, thresholds, annotate=annotate, smoothing=smoothing, rate=rate))


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(help="Folders that `unusual score` wrote for each video.")],
    out: Annotated[Path, typer.Option(help="The HTML file to make.")] = Path("report.html"),
    title: str = "Unusual events",
) -> None:
    """Make one report of videos that were scored before. Needs no checkpoint and no torch."""
    from unusual.app.report.report import write_report
    from unusual.run.outputs import read_outputs

    read = [read_outputs(folder) for folder in folders]
    write_report(out, [result for result, _ in read], read[0][1], title=title)
    print(out)


@data_app.command("check")
def data_check(path: Annotated[Path, typer.Argument(help="Folder of a data set.")]) -> None:
    """Say which data set it is, count it, and name what is missing, short or unreadable. Exit 1 if anything is."""
    from unusual.app.commands.data import print_check

    if not print_check(path):
        raise typer.Exit(1)


@data_app.command("make")
def data_make(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    minutes: Annotated[float, typer.Option(help="Of ordinary footage.")] = 4.0,
    clips: Annotated[int, typer.Option(help="Test clips with unusual events.")] = 6,
    seed: Seed = 0,
) -> None:
    """Make up a data set: a fixed camera over a walkway, ordinary footage, and test clips with known events."""
    from unusual.data.made_up.scene import write_scenes

    write_scenes(out, seed=seed, normal_minutes=minutes, test_clips=clips)
    print(out)


app.command()(cameras.learn)
app.command()(cameras.watch)
app.command()(cameras.serve)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="yolox-nano or deimv2-femto.")],
    out: Annotated[Path | None, typer.Option(help="Folder; the one where they are looked for if not given.")] = None,
) -> None:
    """Download an object detector for state from its authors, or say which file to put where."""
    from unusual.methods.objects import weights

    print(weights.fetch(name, out))


@app.command()
def doctor() -> None:
    """Say what this machine has and what is missing."""
    from unusual.app.commands.doctor import print_examination

    if not print_examination():
        raise typer.Exit(1)


def main() -> int:
    """Run the command line; a user's mistake is one line on standard error and exit code 2."""
    os.umask(os.umask(0o077) | 0o007)  # what we write shows people: it is not for everybody on this machine
    with discreet(sys.argv[1:]):
        return run()


def run() -> int:
    """As `main`, where no secret can be said any more."""
    if "" in sys.argv[1:]:  # it would mean the folder we are in
        return fail("a word of this command is empty: give a name there (was a variable not set?)", USER_MISTAKE)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever stops us wants nothing half-written either
    code = 0
    try:
        code = app(standalone_mode=False) or 0
        print(end="", flush=True)
    except UnusualError as error:
        return fail(str(error), USER_MISTAKE)
    except WrongWord as error:
        return fail(f"{error.format_message()} (see --help)", USER_MISTAKE)  # type: ignore[attr-defined]
    except (MemoryError, RuntimeError) as error:
        if not lacks_memory(error):
            raise
        return fail(
            "not enough memory, or no more threads: lower training.batch, or the sizes of pictures and network",
            USER_MISTAKE,
        )
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        drop_output()
    except OSError as error:  # no room for what we print, or a disk that went away
        drop_output()
        return fail(f"{error.filename or 'the output'}: {error.strerror}", USER_MISTAKE)
    return fail("stopped; what was finished is kept", INTERRUPTED) if code == INTERRUPTED else code


def drop_output() -> None:
    """Send what is still to be printed nowhere, so that it cannot fail again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def lacks_memory(error: Exception) -> bool:
    """Whether a processor or a GPU had no more memory to give; torch says so in words."""
    words = ("out of memory", "allocate memory", "can't start new thread", "can't allocate")
    return isinstance(error, MemoryError) or any(word in str(error) for word in words)


def fail(message: str, code: int) -> int:
    """Print one line and give the exit code back."""
    print("unusual: " + " ".join(message.split()), file=sys.stderr)
    return code
