"""home/cameras.toml: what the dashboard has watched and where alerts go, as `unusual watch --config` takes it.

What a person has written into it by hand stays, but for comments. Only its owner may read it: addresses hold passwords.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from unusual.app.alerts.alerts import AlertSettings, alert_settings, open_channels
from unusual.app.watching import WatchTable, read_watch_table
from unusual.files import write_private
from unusual.store.home import Home

Table = dict[str, object]
Way = Literal["none", "webhook", "apprise", "other"]


@dataclass(frozen=True, slots=True)
class AlertsTo:
    """Where alerts go beside the dashboard. address: of a webhook, or of apprise. link: the dashboard's own address."""

    way: Way
    address: str = ""
    link: str = ""
    picture: bool = False


def read_list(home: Home) -> WatchTable:
    """What is watched from here; no camera where nothing is. Raises ConfigError for a file that is not in order."""
    return read_watch_table(home.watch_list) if home.watch_list.exists() else WatchTable({})


def list_camera(home: Home, camera: str, source: str) -> None:
    """Have a camera watched, from its next start on. Raises ConfigError, OutputError."""
    table = _read(home)
    cameras = _within(table, "cameras")
    before = {key: value for key, value in _within(cameras, camera).items() if key not in ("source", "source_from")}
    _write(home, table | {"cameras": cameras | {camera: {"source": source} | before}})


def unlist_camera(home: Home, camera: str) -> None:
    """Have a camera watched no more. Raises ConfigError, OutputError."""
    table = _read(home)
    cameras = _within(table, "cameras")
    _write(home, table | {"cameras": {name: told for name, told in cameras.items() if name != camera}})


def alerts_of(settings: AlertSettings) -> AlertsTo:
    """Where they go, without what is secret of it: of an address its kind and, of a webhook, its host."""
    others = [settings.command, settings.mqtt, settings.webhook and settings.webhook.url_from]
    if any(others) or (settings.webhook and settings.apprise):
        return AlertsTo("other", link=settings.link)
    if settings.webhook is not None:
        return AlertsTo("webhook", urlsplit(settings.webhook.url).hostname or "", settings.link)
    if settings.apprise is not None:
        kinds = sorted({url.partition(":")[0] for url in settings.apprise.urls})
        return AlertsTo("apprise", ", ".join(kinds), settings.link, settings.apprise.picture)
    return AlertsTo("none", link=settings.link)


def send_alerts_to(home: Home, told: AlertsTo) -> None:
    """Keep where alerts go; an address that is empty stays as it was. What else stands under [alerts] stays.

    Raises:
        ConfigError: the address is none, or a library is missing. OutputError.
    """
    table = _read(home)
    alerts = _within(table, "alerts")
    kept = {"webhook": _within(alerts, "webhook"), "apprise": _within(alerts, "apprise")}
    alerts = {key: value for key, value in alerts.items() if key not in (*kept, "link")}
    if told.link:
        alerts["link"] = told.link
    if told.way == "webhook":
        alerts["webhook"] = kept["webhook"] | ({"url": told.address} if told.address else {})
    elif told.way == "apprise":
        urls = {"urls": told.address.split()} if told.address else {}
        alerts["apprise"] = kept["apprise"] | urls | {"picture": told.picture}
    open_channels(alert_settings(alerts))
    _write(home, table | {"alerts": alerts})


def as_toml(table: Mapping[str, object], path: tuple[str, ...] = ()) -> Iterator[str]:
    """The lines of a table: its own values first, then the tables in it.

    >>> list(as_toml({"keep": {"days": 3}, "cameras": {"a b": {"source": "x", "zones": [{"name": "gate"}]}}}))
    ['[keep]', 'days = 3', '[cameras."a b"]', 'source = "x"', '[[cameras."a b".zones]]', 'name = "gate"']
    """
    inner = {key: value for key, value in table.items() if _is_table(value) or _is_tables(value)}
    own = {key: value for key, value in table.items() if key not in inner}
    if path and (own or not inner):
        yield f"[{_dotted(path)}]"
    for key, value in own.items():
        yield f"{_dotted((key,))} = {_literal(value)}"
    for key, value in inner.items():
        for each in [value] if isinstance(value, dict) else value:  # type: ignore[attr-defined]
            lines = as_toml(each, (*path, key))
            yield from lines if isinstance(value, dict) else _listed(lines, (*path, key))


def _listed(lines: Iterator[str], path: tuple[str, ...]) -> Iterator[str]:
    """A table as one of a list of them."""
    own = f"[{_dotted(path)}]"
    yield f"[{own}]"
    yield from (line for line in lines if line != own)


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, bool | str | int | float) else str(value)


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key) for key in path)


def _is_table(value: object) -> bool:
    return isinstance(value, dict)


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(map(_is_table, value))


def _within(table: Table, key: str) -> Table:
    found = table.get(key)
    return dict(found) if isinstance(found, dict) else {}


def _read(home: Home) -> Table:
    read_list(home)  # what is wrong with it is said before anything is changed
    try:
        return tomllib.loads(home.watch_list.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _write(home: Home, table: Table) -> None:
    write_private(home.watch_list, "\n".join(as_toml({"cameras": {}} | table)) + "\n")
