"""`unusual service install`: units written, looked at by systemd itself, and what to type next."""

import os
import pwd
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from unusual.app.installing.units import CREDENTIALS, HEADER, Service
from unusual.app.terminal import say, then, warn
from unusual.app.watching import read_watch_table
from unusual.errors import ConfigError, OutputError
from unusual.files import scratch_folder, write_text
from unusual.store.home import Home

SYSTEM = Path("/etc/systemd/system")
CREDENTIAL = "credential:"


def install_service(service: Service, folder: Path) -> str:
    """Write the units into a folder, once systemd has found nothing wrong in them; a line on them.

    Raises:
        ConfigError: systemd finds something wrong, or another's unit of that name is there.
        OutputError: the folder cannot be written.
    """
    for name in service.units():
        place = folder / name
        if place.exists() and not place.read_text(errors="replace").startswith(HEADER):
            raise ConfigError(f"{place} was not written by us: move it away first")
    with scratch_folder(folder / "units") as scratch:
        for name, text in service.units().items():
            write_text(scratch / name, text)
            os.chmod(scratch / name, 0o644)  # noqa: PTH101 - systemd complains of others; there is no secret in it
        for line in _looked_at([scratch / name for name in service.units()]):
            say(line)
        for name in service.units():
            (scratch / name).replace(folder / name)
    return f"{folder}: {', '.join(service.units())}"


def service_of(config: Path, home: Home, user: str, host: str, port: int, *, loopback: bool) -> Service:
    """What is to be installed. Raises ConfigError: the file of cameras is not in order."""
    table = read_watch_table(config)
    sources = [camera.source for camera in table.cameras.values()]
    return Service(
        program=[str(Path(sys.executable).absolute()), "-m", "unusual"],
        config=config.absolute(),
        home=home.folder.absolute(),
        user=user,
        host=host,
        port=port,
        credentials=sorted(set(_credentials(tomllib.loads(config.read_text(encoding="utf-8"))))),
        devices=any(source.isdigit() for source in sources),
        loopback=loopback,
    )


def say_what_is_next(service: Service, folder: Path) -> None:
    """Say what is still to be done by a person."""
    try:
        pwd.getpwnam(service.user)
    except KeyError:
        then(f"useradd --system --home-dir {service.home} --shell /usr/sbin/nologin {service.user}")
    then(f"install -d -o {service.user} -m 0700 {service.home}")
    for name in service.credentials:
        if not (CREDENTIALS / name).exists():
            then(f"put the secret {name} into {CREDENTIALS / name}, which only root may read")
    if folder == SYSTEM:
        then("systemctl daemon-reload && systemctl enable --now unusual-watch unusual-serve")
    else:
        warn(f"systemd reads {SYSTEM}: copy the units there")


def _looked_at(units: list[Path]) -> Iterator[str]:
    """What systemd says of units: a line of each on how shut in it is. Raises ConfigError where one is wrong."""
    program = shutil.which("systemd-analyze")
    if program is None:
        yield "systemd-analyze is not at hand: the units were not looked at"
        return
    names = [unit.name for unit in units]
    verified = _run([program, "verify", "--man=no", *map(str, units)])
    wrong = [line for line in verified.splitlines() if any(name in line for name in names)]
    if wrong:
        raise ConfigError(f"systemd finds fault with a unit: {wrong[0]}")
    for unit in units:
        lines = _run([program, "security", "--offline=true", "--no-pager", str(unit)]).strip().splitlines()
        yield lines[-1].lstrip("\N{RIGHTWARDS ARROW} ") if lines else f"{unit.name}: systemd says nothing of it"


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise OutputError(f"cannot ask {command[0]}: {type(error).__name__}") from error
    return done.stdout + done.stderr


def _credentials(value: object) -> Iterator[str]:
    """The names of credentials anywhere in a table."""
    if isinstance(value, str) and value.startswith(CREDENTIAL):
        yield value.removeprefix(CREDENTIAL)
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _credentials(each)
