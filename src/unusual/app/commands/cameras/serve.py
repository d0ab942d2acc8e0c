"""`unusual serve`: the dashboard."""

from typing import Annotated

import typer

from unusual.app.commands.options import Home


def serve(
    home: Home = None,
    host: Annotated[str, typer.Option(help="0.0.0.0 lets other machines look; that needs a password.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8765,
    set_password: Annotated[bool, typer.Option("--set-password", help="Ask for a new password, and end.")] = False,
    user: Annotated[str, typer.Option(help="Whose password; others than admin look and review.")] = "admin",
) -> None:
    """Show cameras, events and settings in a browser. Ends with Ctrl-C."""
    from unusual.app.dashboard.server import change_password, run_dashboard
    from unusual.store.home import home_folder

    if set_password:
        print(change_password(home_folder(home), user))
    else:
        run_dashboard(home_folder(home), host, port)
