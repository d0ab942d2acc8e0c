"""`unusual serve`: the dashboard; and what it has done in a process of its own."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Home


def serve(
    home: Home = None,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines look; that needs a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    footage: Annotated[
        list[Path] | None, typer.Option(help="Folder of recordings that a camera may be learnt from; repeatable.")
    ] = None,
    set_password: Annotated[bool, typer.Option("--set-password", help="Ask for a new password, and end.")] = False,
    user: Annotated[str, typer.Option(help="Whose password; others than admin look and review.")] = "admin",
) -> None:
    """Set cameras up, and show them, their events and settings, in a browser. Ends with Ctrl-C."""
    from unusual.app.dashboard.server import change_password, run_dashboard
    from unusual.store.home import home_folder

    if set_password:
        print(change_password(home_folder(home), user))
    else:
        run_dashboard(home_folder(home), host, port, tuple(footage or ()))


def setup(camera: str, home: Home = None) -> None:
    """Learn a camera as was said in the dashboard, which starts this by itself; it is asked and told there."""
    from unusual.app.setup.asking import learn_setup
    from unusual.store.home import home_folder

    print(f"camera: {learn_setup(home_folder(home), camera).folder}")
