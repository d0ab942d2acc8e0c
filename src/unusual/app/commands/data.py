"""`unusual data check`: what a data set holds, in a table, and what is wrong with it, a line each."""

from pathlib import Path

from unusual.app.commands.terminal import bars, table
from unusual.data.check import Totals, check_dataset


def print_check(path: Path) -> bool:
    """Print the check; True when nothing is wrong."""
    with bars() as progress:
        task = progress.add_task("reading", total=None)

        def advance(done: int, total: int, name: str) -> None:
            progress.update(task, completed=done, total=total, description=name)

        check = check_dataset(path, advance)
    rows = [
        ["training", *_cells(check.train), *_cells(check.known_train)],
        ["test", *_cells(check.test), *_cells(check.known_test)],
    ]
    columns = ["part", "clips", "frames", "abnormal", "published: clips", "frames", "abnormal"]
    table(f"{check.name}: {check.layout}", columns, rows)
    for problem in check.problems:
        print(problem)
    print("nothing is wrong" if not check.problems else f"problems: {len(check.problems)}")
    return not check.problems


def _cells(totals: Totals | None) -> list[str]:
    if totals is None:
        return ["", "", ""]
    return ["?" if number is None else str(number) for number in (totals.clips, totals.frames, totals.abnormal)]
