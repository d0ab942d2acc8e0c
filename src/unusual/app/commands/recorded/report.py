"""`unusual report`: one page of videos that were scored before."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.terminal import then


def report(
    folders: Annotated[
        list[Path], typer.Argument(help="Folders that `unusual score` wrote: of each video, or of all of them.")
    ],
    out: Annotated[Path, typer.Option(help="The HTML file to make.")] = Path("report.html"),
    title: str = "Unusual events",
) -> None:
    """Make one report of videos that were scored before. Needs no checkpoint and no torch."""
    from unusual.app.report.report import write_report
    from unusual.run.outputs import read_outputs, scored_folders

    read = [read_outputs(video) for folder in folders for video in scored_folders(folder)]
    write_report(out, [result for result, _ in read], read[0][1], title=title)
    print(out)
    then(f"open {out} in a browser")
