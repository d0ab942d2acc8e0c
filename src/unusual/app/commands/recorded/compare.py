"""`unusual compare`: frame scores that others made, beside the labels of a data set: the table of `evaluate`."""

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from unusual.app.commands.options import LowerIsWorse, Out, PadFrames, Rate, RowNames, Sigma
from unusual.app.terminal import bars, frame_bar, then
from unusual.errors import ConfigError

if TYPE_CHECKING:
    from unusual.measure.others import ForeignScores, Watch
    from unusual.run.score import Progress


def compare(
    data: Annotated[Path, typer.Argument(help="A data set with labels.")],
    scores: Annotated[
        list[Path] | None,
        typer.Argument(help="Frame scores: .npy, .npz, .mat, .csv, .txt or .json, or a folder with one for each clip."),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", "-c", help="What `unusual train` wrote, beside them. Repeatable."),
    ] = None,
    name: RowNames = None,
    lower_is_worse: LowerIsWorse = False,
    pad: PadFrames = "",
    sigma: Sigma = 3.0,
    out: Out = Path("runs/compare"),
    rate: Rate = None,
) -> None:
    """Compare others' frame scores with a data set's labels: tables, results.json, pictures. Needs no torch."""
    from unusual.app.report.tables import draw_pictures, notes, print_tables, write_evaluation
    from unusual.files import refuse_unwritable
    from unusual.measure.compare import Smoothing
    from unusual.measure.others import Pad, compare_foreign, read_foreign

    files, folders, names = scores or [], checkpoint or [], name or []
    if not (files or folders):
        raise ConfigError("give files of scores, or --checkpoint, or both: there is nothing to compare")
    if len(names) > len(files):
        raise ConfigError(f"--name is given {len(names)} times for {len(files)} files of scores")
    smoothing, lacking = Smoothing(sigma), Pad(*_ends(pad))
    refuse_unwritable(out)
    called = [*names, *[""] * (len(files) - len(names))]
    rows = [
        read_foreign(file, lower_is_worse=lower_is_worse, name=row, pad=lacking)
        for file, row in zip(files, called, strict=True)
    ]
    with bars() as progress:

        def watch(clip: str) -> "Progress":
            return frame_bar(progress, clip)

        own = [row for folder in folders for row in _scored(folder, data, rate, watch)]
        compared = compare_foreign([*own, *rows], data, smoothing, rate=rate, watch=watch)
    write_evaluation(out, compared.evaluation, dict(compared.origin))
    title = ", ".join([*map(str, folders), *(row.name for row in rows)])
    print_tables(f"Scores of {title} on {compared.data}", compared.evaluation)
    draw_pictures(out, compared.evaluation)
    print("\n".join([*notes(compared.evaluation), f"results: {out / 'results.json'}"]))
    then(f"open {out / 'roc.png'}")


def _scored(folder: Path, data: Path, rate: Fraction | None, watch: "Watch") -> "list[ForeignScores]":
    from unusual.measure.others import scores_of
    from unusual.run.checkpoint import load_scenes

    return scores_of(load_scenes(folder), folder.resolve().name, data, rate=rate, watch=watch)


def _ends(pad: str) -> list[int]:
    """How many frames lack at the start, and at the end where that is said. Raises ConfigError."""
    ends = pad.split(",") if pad else []
    if len(ends) > 2 or not all(end.strip().isdecimal() for end in ends):
        raise ConfigError(f"--pad is how many frames of each clip lack a score: 4, or 2,2 for both ends; got {pad!r}")
    return [int(end) for end in ends]
