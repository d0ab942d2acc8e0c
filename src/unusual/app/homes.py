"""`unusual home`: a home backed up, restored and checked; what came of it, in lines."""

from datetime import datetime
from pathlib import Path

from unusual.app.dashboard.door.keys import read_lock
from unusual.app.terminal import bars, then, warn
from unusual.errors import ConfigError
from unusual.store.backup.check import Finding, findings
from unusual.store.backup.packing import back_up
from unusual.store.backup.restoring import restore
from unusual.store.home import Home
from unusual.store.rules.wall_clock import local_zone


def back_up_home(home: Home, file: Path, *, media: bool, footage: bool) -> str:
    """Write a back-up; a line on what is in it. Raises as `back_up`."""
    with bars() as progress:
        task = progress.add_task("backing up", total=None)
        done = back_up(
            home, file, media=media, footage=footage, tell=lambda name: progress.update(task, description=name)
        )
    if done.gone:
        warn(f"{len(done.gone)} files vanished meanwhile, or are links, and are not in it: {done.gone[0]}")
    return f"{file}: {done.files} files, {done.events} events, {done.bytes / 1e6:.1f} MB"


def restore_home(home: Home, file: Path) -> str:
    """Make a home of a back-up; a line on it. Raises as `restore`."""
    with bars() as progress:
        task = progress.add_task("restoring", total=None)
        made_utc = restore(file, home, tell=lambda name: progress.update(task, description=name))
    then(f"unusual home check --home {home}")
    return f"{home}: as it was on {datetime.fromtimestamp(made_utc, local_zone()):%Y-%m-%d at %H:%M}"


def check_home(home: Home) -> int:
    """Print what is wrong in a home; how much that is."""
    found = list(findings(home))
    try:
        read_lock(home)
    except ConfigError as error:
        found.append(Finding("nobody can log in", str(error)))
    for each in found:
        print(each)
    print(f"problems: {len(found)}" if found else "nothing is wrong")
    return len(found)
