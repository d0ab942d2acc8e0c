"""`unusual home`: the folder that everything is kept in: backed up, brought back, looked at."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Home

house = typer.Typer(no_args_is_help=True, help="The folder of everything: back it up, restore it, check it.")
File = Annotated[Path, typer.Argument(help="The back-up, one file (a tar).")]


@house.command("backup")
def backup(
    file: File,
    home: Home = None,
    media: Annotated[bool, typer.Option("--media/--without-media", help="Clips and pictures as well.")] = True,
    footage: Annotated[bool, typer.Option("--footage", help="What cameras were learnt from as well.")] = False,
) -> None:
    """Write the home into one file, while everything runs. It holds what opens doors: only you should read it."""
    from unusual.app.homes import back_up_home
    from unusual.store.home import home_folder

    print(back_up_home(home_folder(home), file, media=media, footage=footage))


@house.command("restore")
def restore(file: File, home: Home = None) -> None:
    """Make a home of a back-up, in a folder that is empty or not there."""
    from unusual.app.homes import restore_home
    from unusual.store.home import home_folder

    print(restore_home(home_folder(home), file))


@house.command("check")
def check(home: Home = None) -> None:
    """Say what is wrong in the home, and what to do. Exit 1 if anything is. Nothing is changed."""
    from unusual.app.homes import check_home
    from unusual.store.home import home_folder

    if check_home(home_folder(home)):
        raise typer.Exit(1)
