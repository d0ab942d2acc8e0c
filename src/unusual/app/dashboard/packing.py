"""Events packed to be taken along: one ZIP file after the other, in a thread of its own, kept for an hour."""

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from shutil import disk_usage, rmtree
from typing import Literal

from unusual.app.exporting.bundle import write_bundle
from unusual.errors import DataError, OutputError, UnusualError
from unusual.store.events import StoredEvent
from unusual.store.home import Home
from unusual.store.keeping.hold import kept_whole
from unusual.store.names import new_id

KEPT_S, MOST = 3600.0, 3  # a parcel is kept so long, and so many are; after that it is packed again
MOST_EVENTS = 2000  # of a parcel
FREE_BYTES = 1 << 30  # that the disk keeps for what is found meanwhile


@dataclass(frozen=True, slots=True)
class Parcel:
    """A ZIP file of events. done: how many of them are packed. words: more, for people. begun: of a steady clock."""

    id: str
    events: int
    done: int = 0
    state: Literal["packing", "ready", "failed"] = "packing"
    words: str = ""
    bytes: int = 0
    begun: float = 0.0


class Packer:
    """Packs for all who ask. Safe from several threads."""

    def __init__(self, home: Home, zone: tzinfo) -> None:
        self._home, self._zone = home, zone
        self._parcels: dict[str, Parcel] = {}
        self._guard = threading.Lock()
        rmtree(home.exports, ignore_errors=True)  # of a server that has ended

    def begin(self, events: Sequence[StoredEvent], *, boxes: bool) -> Parcel:
        """Begin to pack these events.

        Raises:
            DataError: another parcel is being packed, these are none or too many, or there is no room for them.
        """
        if not 0 < len(events) <= MOST_EVENTS:
            raise DataError(
                f"a parcel holds 1 to {MOST_EVENTS} events, not {len(events)}: choose others by the filters"
            )
        self._refuse_large(events)
        with self._guard:
            self._sweep()
            if any(parcel.state == "packing" for parcel in self._parcels.values()):
                raise DataError("another parcel is being packed: wait for it")
            parcel = Parcel(new_id(), len(events), begun=time.monotonic())
            self._parcels[parcel.id] = parcel
        threading.Thread(target=self._pack, args=[parcel, events, boxes], name="packing", daemon=True).start()
        return parcel

    def of(self, parcel_id: str) -> Parcel | None:
        """How far a parcel is; None where there is none, or no longer."""
        with self._guard:
            self._sweep()
            return self._parcels.get(parcel_id)

    def file(self, parcel: Parcel) -> Path:
        """Where it lies once it is ready."""
        return self._home.exports / f"{parcel.id}.zip"

    def _refuse_large(self, events: Sequence[StoredEvent]) -> None:
        size = 0
        for event in events:
            with suppress(OSError):
                size += sum(file.lstat().st_size for file in self._home.event(event.id).iterdir())
        room = disk_usage(self._home.folder).free - FREE_BYTES
        if size > room:
            raise DataError(
                f"these events need {size / 1e9:.1f} GB, and the disk has no room for that beside what it keeps free: "
                "choose fewer, or take them along with `unusual events export` onto another disk"
            )

    def _pack(self, parcel: Parcel, events: Sequence[StoredEvent], boxes: bool) -> None:
        def tell(done: int) -> None:
            self._put(replace(parcel, done=done))

        try:
            with kept_whole(self._home):
                packed = write_bundle(self.file(parcel), self._home, events, self._zone, boxes=boxes, tell=tell)
            lacking = f"{len(packed.lacking)} clips cannot be read, and are not in it" if packed.lacking else ""
            size = self.file(parcel).stat().st_size
            self._put(replace(parcel, done=packed.events, state="ready", words=lacking, bytes=size))
        except (UnusualError, OSError) as error:
            words = str(error) if isinstance(error, OutputError) else "it could not be packed"
            self._put(replace(parcel, state="failed", words=words))

    def _put(self, parcel: Parcel) -> None:
        with self._guard:
            self._parcels[parcel.id] = parcel

    def _sweep(self) -> None:
        done = [one for one in self._parcels.values() if one.state != "packing"]
        old = [one for one in done if time.monotonic() - one.begun > KEPT_S] or done[: max(0, len(done) - MOST)]
        for parcel in old:
            del self._parcels[parcel.id]
            with suppress(OSError):
                self.file(parcel).unlink()
