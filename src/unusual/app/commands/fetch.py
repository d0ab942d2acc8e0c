"""`unusual fetch`: an object detector, from its authors."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    name: Annotated[str, typer.Argument(help="yolox-nano or deimv2-femto.")],
    out: Annotated[Path | None, typer.Option(help="Folder; the one where they are looked for if not given.")] = None,
) -> None:
    """Download an object detector for state from its authors, or say which file to put where."""
    from unusual.methods.objects import weights

    print(weights.fetch(name, out))
