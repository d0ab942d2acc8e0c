"""systemd units for watching and for the dashboard: a user of their own, started again, and shut in.

What they may not do is most of what a program can: see systemd.exec(5). Secrets come as credentials, which systemd
hands to this service alone: `credential:NAME` in cameras.toml is /etc/unusual/credentials/NAME there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HEADER = "# Written by `unusual service install`; it is written anew by it."
CREDENTIALS = Path("/etc/unusual/credentials")
CACHE = "unusual"
SHUT_IN = """\
UMask=0077
LimitCORE=0
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
LockPersonality=yes
RemoveIPC=yes
KeyringMode=private
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
"""
NO_DEVICES = "PrivateDevices=yes\nDevicePolicy=closed\n"
CAMERAS = "DevicePolicy=closed\nDeviceAllow=char-video4linux rw\nSupplementaryGroups=video\n"


@dataclass(frozen=True, slots=True)
class Service:
    """What is installed. program: the command, its path and words before ours. devices: cameras at this machine.

    credentials: names of secrets. loopback: the dashboard is for this machine alone.
    """

    program: Sequence[str]
    config: Path
    home: Path
    user: str
    host: str
    port: int
    credentials: Sequence[str] = ()
    devices: bool = False
    loopback: bool = True

    def units(self) -> dict[str, str]:
        """The units, by the names of their files."""
        watch = [*self.program, "watch", "--config", str(self.config), "--home", str(self.home)]
        serve = [*self.program, "serve", "--home", str(self.home), "--host", self.host, "--port", str(self.port)]
        secrets = "".join(f"LoadCredential={name}:{CREDENTIALS / name}\n" for name in self.credentials)
        alone = "IPAddressAllow=localhost\nIPAddressDeny=any\n" if self.loopback else ""
        return {
            "unusual-watch.service": self._unit("unusual: watches the cameras", watch, self._devices() + secrets),
            "unusual-serve.service": self._unit("unusual: the dashboard", serve, f"Nice=5\n{NO_DEVICES}{alone}"),
        }

    def _devices(self) -> str:
        return CAMERAS if self.devices else NO_DEVICES

    def _unit(self, what: str, command: Sequence[str], more: str) -> str:
        hidden = any(self._is_below(place) for place in ("/home", "/root", "/run/user"))
        return f"""\
{HEADER}
[Unit]
Description={what}
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart={" ".join(map(word, command))}
User={self.user}
Restart=always
RestartSec=5
TimeoutStopSec=30
SuccessExitStatus=130
Environment=XDG_CACHE_HOME=%C/{CACHE}
CacheDirectory={CACHE}
CacheDirectoryMode=0700
ReadWritePaths={word(str(self.home))}
ProtectHome={"read-only" if hidden else "yes"}
{SHUT_IN}{more}
[Install]
WantedBy=multi-user.target
"""

    def _is_below(self, place: str) -> bool:
        return any(Path(path).is_relative_to(place) for path in (self.home, self.config, self.program[0]))


def word(text: str) -> str:
    r"""A word of a command or a path as systemd reads it.

    >>> print(word("/usr/bin/unusual"), word('a "b" 100%'), word("$HOME"))
    /usr/bin/unusual "a \"b\" 100%%" "$$HOME"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if escaped == text and text and not set(text) & set(" \t';") else f'"{escaped}"'
