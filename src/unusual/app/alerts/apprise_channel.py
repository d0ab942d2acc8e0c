"""Alerts by mail, ntfy, Telegram, Pushover and a hundred more, through apprise. Needs unusual[notify].

Off by default. What leaves the machine is a sentence (the reason, the camera's name and zone, the time) and, where that
is set, a link; the event's picture with `picture = true`, and its clip with `clip = true`. What is too large, or is not
there in time, is linked to where the dashboard's address is known.
"""

import json
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import ConfigDict

from unusual.app.alerts.channels import Alert, Channel, Failure, read_secret
from unusual.app.alerts.enclosures import Enclosure, Enclosures
from unusual.app.links import Links
from unusual.errors import ConfigError

KINDS = {"picture": "image/jpeg", "clip": "video/mp4"}


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """[alerts.apprise]. urls: of apprise, one a receiver, as "ntfy://my-topic".

    urls_from: "env:VARIABLE" or "file:PATH", a line each, where they hold passwords. picture, clip: whether the event's
    go along.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    urls: tuple[str, ...] = field(default=(), repr=False)
    urls_from: str = ""
    picture: bool = False
    clip: bool = False

    @property
    def receivers(self) -> list[str]:
        """The addresses. Raises ConfigError where there is none, or a secret is not where it should be."""
        kept = read_secret(self.urls_from).splitlines() if self.urls_from else []
        urls = [url.strip() for url in (*self.urls, *kept) if url.strip()]
        if not urls:
            raise ConfigError("alerts.apprise needs urls or urls_from")
        return urls


class AppriseChannel(Channel):
    """One receiver: so each of them gets an alert once, whatever the others do.

    Raises ConfigError: there is no apprise, or it does not know the address. No more than its kind is ever said of it.
    """

    def __init__(
        self,
        number: int,
        url: str,
        settings: AppriseSettings,
        enclosures: Enclosures | None,
        links: Links | None = None,
    ) -> None:
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)  # its lines may hold the address
        self.name = f"apprise-{number}"
        self._kind = url.partition(":")[0][:20]
        self._settings, self._enclosures, self._links = settings, enclosures, links
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what it loads itself
            try:
                import apprise
            except ImportError as error:
                raise ConfigError("alerts.apprise needs apprise: pip install 'unusual[notify]'") from error
            self._apprise = apprise.Apprise()
            known = self._apprise.add(url)
        if not known:
            raise ConfigError(f"alerts.apprise: address {number} is none that apprise knows; see its list of services")

    def deliver(self, alert: Alert) -> Failure | None:
        """See Channel."""
        told = json.loads(alert.payload)
        enclosed: list[Enclosure] | None = []
        if self._enclosures is not None and "event" in told and (self._settings.picture or self._settings.clip):
            enclosed = self._enclosures.of(told["event"], picture=self._settings.picture, clip=self._settings.clip)
        if enclosed is None:
            return Failure(f"{self._kind}: its picture is not there yet")
        kinds = [each.kind for each in enclosed]
        missing = {what: getattr(self._settings, what) and kind not in kinds for what, kind in KINDS.items()}
        told = json.loads(alert.linked(self._links, **missing).payload)
        links = (f"{what}: {told[what]}" for what in (*KINDS, "snooze") if what in told)
        body = "\n".join(filter(None, (told.get("words", ""), told.get("link", ""), *links)))
        title = told.get("title") or f"unusual: {alert.camera}"
        taken = self._apprise.notify(body=body, title=title, attach=_attached(enclosed))
        return None if taken else Failure(f"{self._kind}: not taken by the receiver, or it is not there")


def _attached(enclosed: Sequence[Enclosure]) -> "object":
    from apprise import AppriseAttachment
    from apprise.attachment.memory import AttachMemory

    attached = AppriseAttachment()
    for each in enclosed:
        attached.add(AttachMemory(content=each.content, name=each.name, mimetype=each.kind))  # type: ignore[no-untyped-call]
    return attached if enclosed else None
