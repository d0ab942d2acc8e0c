"""`unusual service`: a machine that watches by itself."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Home

service = typer.Typer(no_args_is_help=True, help="Let the machine watch by itself, from its start on.")


@service.callback()
def services() -> None:
    """Let the machine watch by itself, from its start on."""


@service.command("install")
def install(
    config: Annotated[Path, typer.Option(help="cameras.toml, as for `unusual watch`.")] = Path(
        "/etc/unusual/cameras.toml"
    ),
    home: Home = Path("/var/lib/unusual"),
    user: Annotated[str, typer.Option(help="Who it runs as.")] = "unusual",
    host: Annotated[str, typer.Option(help="That the dashboard listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8765,
    to: Annotated[Path, typer.Option(help="Folder of the units.")] = Path("/etc/systemd/system"),
) -> None:
    """Write systemd units for watching and for the dashboard, let systemd look at them, and say what is next."""
    from unusual.app.dashboard.door.hosts import is_loopback
    from unusual.app.installing.service import install_service, say_what_is_next, service_of
    from unusual.store.home import home_folder

    made = service_of(config, home_folder(home), user, host, port, loopback=is_loopback(host))
    print(install_service(made, to))
    say_what_is_next(made, to)
