"""`unusual data`: what a data set holds and what is wrong with it; a made-up one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unusual.app.commands.options import Seed
from unusual.app.terminal import bars, table, then

if TYPE_CHECKING:
    from unusual.data.check import DatasetCheck
    from unusual.data.published import Totals

data = typer.Typer(no_args_is_help=True, help="Look at data sets; make one up.")


@data.command("check")
def check(path: Annotated[Path, typer.Argument(help="Folder of a data set.")]) -> None:
    """Say which data set it is, count it, and name what is missing, short or unreadable. Exit 1 if anything is."""
    found = print_check(path)
    if found.problems:
        raise typer.Exit(1)
    learnt = f"unusual train {path} --out CHECKPOINT"
    then(learnt if found.train.clips else f"unusual compare {path} SCORES, or unusual evaluate {path} -c CHECKPOINT")


@data.command("make")
def make(
    out: Annotated[Path, typer.Argument(help="Folder to make.")],
    minutes: Annotated[float, typer.Option(help="Of ordinary footage.")] = 4.0,
    clips: Annotated[int, typer.Option(help="Test clips with unusual events.")] = 6,
    seed: Seed = 0,
) -> None:
    """Make up a data set: a fixed camera over a walkway, ordinary footage, and test clips with known events."""
    from unusual.data.made_up.scene import write_scenes

    write_scenes(out, seed=seed, normal_minutes=minutes, test_clips=clips)
    print(out)
    then(f"unusual train {out} --out CHECKPOINT, or unusual learn {out} --as NAME")


def print_check(path: Path) -> "DatasetCheck":
    """Print the check."""
    from unusual.data.check import check_dataset

    with bars() as progress:
        task = progress.add_task("reading", total=None)

        def advance(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        found = check_dataset(path, advance)
    rows = [
        ["training", *_cells(found.train), *_cells(found.known_train)],
        ["test", *_cells(found.test), *_cells(found.known_test)],
    ]
    columns = ["part", "clips", "frames", "abnormal", "published: clips", "frames", "abnormal"]
    table(f"{found.name}: {found.layout}", columns, rows)
    for note in found.notes:
        print(f"note: {note}")
    for problem in found.problems:
        print(problem)
    print("nothing is wrong" if not found.problems else f"problems: {len(found.problems)}")
    return found


def _cells(totals: "Totals | None") -> list[str]:
    if totals is None:
        return ["", "", ""]
    return ["?" if number is None else str(number) for number in (totals.clips, totals.frames, totals.abnormal)]
