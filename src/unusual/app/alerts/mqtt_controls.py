"""What is commanded over MQTT, where `commands = true` allows it: whoever may write to the broker can disarm a camera.

TOPIC/CAMERA/mode/set            armed, quiet, off; hours: by its hours again     TOPIC/CAMERA/mode            retained
TOPIC/CAMERA/armed/set           ON: armed; OFF: quiet                            TOPIC/CAMERA/armed           retained
TOPIC/CAMERA/alarms_per_day/set  a number                                         TOPIC/CAMERA/alarms_per_day  retained
PREFIX/select, switch, number/unusual_CAMERA/config                               retained: Home Assistant finds them
"""

import json
from collections.abc import Callable, Sequence

from unusual.errors import DataError, UnusualError
from unusual.scores.alarms import MOST_A_DAY
from unusual.scores.hours import Mode
from unusual.store.home import Home
from unusual.store.rules.duty import Duties, order
from unusual.store.settings import Setting, Settings

BY_HOURS = "hours"
WHATS = ("mode", "armed", "alarms_per_day")
ORDERS = {**{mode.value: mode for mode in Mode}, BY_HOURS: None}
SWITCH = {"ON": Mode.ARMED, "OFF": Mode.QUIET}
LONGEST = 100  # characters of a command

Message = tuple[str, str]  # topic and payload


class Controls:
    """The controls of some cameras.

    topic, prefix: see `MqttSettings`. say: is told in words what was commanded, and what was not understood.
    """

    def __init__(
        self,
        home: Home,
        settings: Settings,
        cameras: Sequence[str],
        topic: str,
        prefix: str,
        say: Callable[[str], object],
    ) -> None:
        self._home, self._settings, self.cameras, self._say = home, settings, tuple(cameras), say
        self._topic, self._prefix, self._duties = topic, prefix, Duties(home)
        self._told: dict[str, str] = {}

    @property
    def subscriptions(self) -> list[str]:
        """Topics on which commands come."""
        return [f"{self._topic}/{camera}/{what}/set" for camera in self.cameras for what in WHATS]

    def obey(self, topic: str, payload: bytes) -> None:
        """Do what was commanded; what is none is said, and changes nothing."""
        camera, what = topic.removeprefix(f"{self._topic}/").removesuffix("/set").rsplit("/", 1)
        word = payload[:LONGEST].decode("utf-8", "replace").strip()
        try:
            self._act(camera, what, word)
        except (UnusualError, ValueError, KeyError):
            self._say(f"{camera}: not understood over MQTT: {what} {word!r}")
        else:
            self._say(f"{camera}: {what} {word}, as was said over MQTT")

    def _act(self, camera: str, what: str, word: str) -> None:
        if camera not in self.cameras or what not in WHATS:
            raise DataError(f"{camera} has no control {what}")
        if what == "alarms_per_day":
            self._settings.set(camera, Setting.ALARMS_PER_DAY, float(word))
        else:
            order(self._home, camera, ORDERS[word.lower()] if what == "mode" else SWITCH[word.upper()])

    def states(self) -> list[Message]:
        """How the controls stand now. Raises as `Settings` and `Duties`."""
        told = []
        for camera in self.cameras:
            mode = self._duties.now(camera).mode
            alarms = self._settings.get(camera, Setting.ALARMS_PER_DAY)
            told.append((f"{self._topic}/{camera}/mode", mode.value))
            told.append((f"{self._topic}/{camera}/armed", "ON" if mode is Mode.ARMED else "OFF"))
            if alarms is not None:
                told.append((f"{self._topic}/{camera}/alarms_per_day", f"{alarms:g}"))
        return told

    def news(self) -> list[Message]:
        """What of that has changed since it was last asked for. Raises as `states`."""
        told = [(topic, state) for topic, state in self.states() if self._told.get(topic) != state]
        self._told.update(told)
        return told

    def forget(self) -> None:
        """Whoever asks next is told all of it: it may be a new broker."""
        self._told.clear()

    def introductions(self) -> list[Message]:
        """What says that there are controls, in the words of Home Assistant's discovery."""
        return [message for camera in self.cameras for message in self._of(camera)]

    def _of(self, camera: str) -> list[Message]:
        unique = f"unusual_{camera}"
        kinds: dict[str, tuple[str, dict[str, object]]] = {
            "select": ("mode", {"name": "Mode", "options": list(ORDERS)}),
            "switch": ("armed", {"name": "Armed", "icon": "mdi:shield-check"}),
            "number": (
                "alarms_per_day",
                {"name": "Alarms a day", "min": 0.1, "max": min(50, MOST_A_DAY), "step": 0.1, "mode": "box"},
            ),
        }
        return [
            (
                f"{self._prefix}/{kind}/{unique}/config",
                json.dumps(
                    {
                        **more,
                        "unique_id": f"{unique}_{what}",
                        "state_topic": f"{self._topic}/{camera}/{what}",
                        "command_topic": f"{self._topic}/{camera}/{what}/set",
                        "availability_topic": f"{self._topic}/status",
                        "entity_category": "config",
                        "device": {"identifiers": [unique], "name": camera, "manufacturer": "unusual"},
                    }
                ),
            )
            for kind, (what, more) in kinds.items()
        ]
