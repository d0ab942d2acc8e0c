"""The command line: which commands there are, and how each ends."""

import io
import os
import signal
import sys
from typing import Annotated

import typer

from unusual.app.commands.cameras.events import events
from unusual.app.commands.cameras.home import house
from unusual.app.commands.cameras.learn import learn
from unusual.app.commands.cameras.serve import serve, setup
from unusual.app.commands.cameras.service import service
from unusual.app.commands.cameras.update import update
from unusual.app.commands.cameras.watch import watch
from unusual.app.commands.doctor import doctor
from unusual.app.commands.fetch import fetch
from unusual.app.commands.recorded.archive import archive
from unusual.app.commands.recorded.compare import compare
from unusual.app.commands.recorded.data import data
from unusual.app.commands.recorded.demo import demo
from unusual.app.commands.recorded.evaluate import evaluate
from unusual.app.commands.recorded.report import report
from unusual.app.commands.recorded.score import score
from unusual.app.commands.recorded.train import export, train
from unusual.app.discreet import discreet
from unusual.errors import NO_MEMORY, UnusualError, lacks_memory

USER_MISTAKE, INTERRUPTED = 2, 130
# What typer raises for a wrong word; it has lately come to carry a click of its own, so the class is found by name.
WrongWord: type[Exception] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (demo, train, score, evaluate, compare, report, learn, update, watch, serve, export, fetch, doctor):
    app.command()(command)
app.command(hidden=True)(setup)
app.add_typer(data, name="data")
app.add_typer(archive, name="archive")
app.add_typer(events, name="events")
app.add_typer(house, name="home")
app.add_typer(service, name="service")


def print_version(wanted: bool) -> None:
    """Print the version, and end."""
    if wanted:
        import unusual

        print(f"unusual {unusual.__version__}")
        raise typer.Exit


@app.callback()
def unusual_command(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    """Video anomaly detection: learn what is usual before a fixed camera, from ordinary footage and without labels; see
    when, where and why something unusual happens, in recorded video (train, score) or live (learn, watch, serve).

    To begin: unusual demo.
    """


def main() -> int:
    """Run the command line; a user's mistake is one line on standard error and exit code 2."""
    os.umask(os.umask(0o077) | 0o007)  # what we write shows people: it is not for everybody on this machine
    for stream in (sys.stdout, sys.stderr):  # a name that they cannot print is shown by its codes
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
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
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:  # `| head` has seen enough
        drop_output()
    except Exception as error:
        if lacks_memory(error):
            return fail(NO_MEMORY, USER_MISTAKE)
        if not isinstance(error, OSError):
            raise
        drop_output()  # there is no room for what we print, or a disk went away
        return fail(f"{error.filename or 'the output'}: {error.strerror}", USER_MISTAKE)
    return fail("stopped; what was finished is kept", INTERRUPTED) if code == INTERRUPTED else code


def drop_output() -> None:
    """Send what is still to be printed nowhere, so that it cannot fail again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def fail(message: str, code: int) -> int:
    """Print one line and give the exit code back."""
    print("unusual: " + " ".join(message.split()), file=sys.stderr)
    return code
