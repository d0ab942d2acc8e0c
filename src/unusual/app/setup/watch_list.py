"""home/cameras.toml: what the dashboard has watched and where alerts go, as `unusual watch --config` takes it.

What a person has written into it by hand stays, but for comments. Only its owner may read it: addresses hold passwords.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import unquote, urlsplit

from unusual.app.alerts.alerts import AlertSettings, alert_settings, open_channels
from unusual.app.alerts.digest import Every
from unusual.app.watching import WatchTable, read_watch_table
from unusual.errors import ConfigError
from unusual.files import write_private
from unusual.store.home import Home

Table = dict[str, object]
Way = Literal["none", "webhook", "apprise", "mqtt", "other"]
MQTT = {"mqtt": 1883, "mqtts": 8883}  # kinds of address, and their ports


@dataclass(frozen=True, slots=True)
class AlertsTo:
    """Where alerts go beside the dashboard. address: of a webhook, of apprise, or of a broker, mqtt or mqtts.

    link: the dashboard's own address. picture, clip: whether the event's go along, or links that open them. commands:
    whether a broker may command cameras. snooze_minutes: of the link that silences a camera, 0 for none. digest: alarms
    are told together.
    """

    way: Way
    address: str = ""
    link: str = ""
    picture: bool = False
    clip: bool = False
    commands: bool = False
    snooze_minutes: int = 0
    digest: Every | None = None


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
    """Where they go, without what is secret of it: of an address its kind or its host."""
    told = AlertsTo("none", link=settings.link, snooze_minutes=settings.snooze_minutes, digest=settings.digest)
    ways = [settings.webhook, settings.apprise, settings.mqtt, settings.command]
    found = [way for way in ways if way is not None]
    if not found:
        return told
    if len(found) > 1 or settings.command or (settings.webhook and settings.webhook.url_from):
        return replace(told, way="other")
    if settings.webhook is not None:
        told = replace(told, way="webhook", address=urlsplit(settings.webhook.url).hostname or "")
    elif settings.apprise is not None:
        kinds = sorted({url.partition(":")[0] for url in settings.apprise.urls})
        told = replace(told, way="apprise", address=", ".join(kinds))
    elif settings.mqtt is not None:
        told = replace(told, way="mqtt", address=settings.mqtt.host, commands=settings.mqtt.commands)
    return replace(told, picture=getattr(found[0], "picture", False), clip=getattr(found[0], "clip", False))


def send_alerts_to(home: Home, told: AlertsTo) -> None:
    """Keep where alerts go; an address that is empty stays as it was. What else stands under [alerts] stays.

    Raises:
        ConfigError: the address is none, or a library is missing. OutputError.
    """
    table = _read(home)
    alerts = _within(table, "alerts")
    kept = _within(alerts, told.way)
    own = ("webhook", "apprise", "mqtt", "link", "snooze_minutes", "digest")
    alerts = {key: value for key, value in alerts.items() if key not in own}
    said = {"link": told.link, "snooze_minutes": told.snooze_minutes, "digest": told.digest and told.digest.value}
    alerts |= {key: value for key, value in said.items() if value}
    if told.way != "none":
        address = _address(told) if told.address else {}
        kept = {key: value for key, value in kept.items() if not (address and key == "password_from")}
        along = {"picture": told.picture, "clip": told.clip, "commands": told.commands and told.way == "mqtt"}
        alerts[told.way] = kept | address | {key: value for key, value in along.items() if value or key in kept}
    open_channels(alert_settings(alerts))
    _write(home, table | {"alerts": alerts})


def _address(told: AlertsTo) -> Table:
    """What the table of a way says of an address. Raises ConfigError for one that is no broker's."""
    if told.way == "webhook":
        return {"url": told.address}
    if told.way == "apprise":
        return {"urls": told.address.split()}
    parts = urlsplit(told.address)
    try:
        port = parts.port or MQTT[parts.scheme]
    except (KeyError, ValueError) as error:
        raise ConfigError("a broker's address begins with mqtt or mqtts, and names its host") from error
    broker: Table = {"host": parts.hostname or "", "port": port, "tls": parts.scheme == "mqtts"}
    return broker | {"user": unquote(parts.username or ""), "password": unquote(parts.password or "")}


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
