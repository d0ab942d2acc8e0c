"""Known object detectors: where a file of each is looked for, where it comes from, and how to tell that it is whole."""

import hashlib
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.request import urlopen

from unusual.errors import ConfigError
from unusual.files import cache_place, whole_file

TIMEOUT_S = 30.0
LARGEST_FILE = 64 << 20  # bytes, where reading stops; the detectors below take about four million


@dataclass(frozen=True, slots=True)
class Weights:
    """What is known of one detector. Terms and accuracy are those that its authors state."""

    file: str  # its name in the models folder
    digests: tuple[str, ...]  # sha256 of files known to be it; another file of this name is used, but never fetched
    address: str  # https, where its authors publish that file; "": they publish no ONNX file
    source: str  # whose it is, and how the file is made where no address is given
    licence: str
    average_precision: float  # in percent, COCO val2017


KNOWN = {
    "deimv2-femto": Weights(
        "deimv2_femto_coco.onnx",
        ("c6ad358f750132b891165e034c2ba507abefc5ebe1c1d2732a0acbcacc47e52c",),
        "",
        "its authors publish a checkpoint: export it with tools/deployment/export_onnx.py --imgsz 416 of "
        "https://github.com/Intellindust-AI-Lab/DEIMv2",
        "Apache-2.0 is the licence of its repository; the checkpoints state none of their own",
        31.0,
    ),
    "yolox-nano": Weights(
        "yolox_nano_coco.onnx",
        (
            # What others note of the file at the address; then that of another export, the one that was tried here.
            "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
            "e8af074932d4ed7e232278e3055cefcdea3edf178874a3694ae292649fb464dd",
        ),
        "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0/yolox_nano.onnx",
        "https://github.com/Megvii-BaseDetection/YOLOX",
        "Apache-2.0",
        25.8,
    ),
}


def models_folder() -> Path:
    """Where detectors are looked for: $UNUSUAL_MODELS, else the user's cache folder."""
    return cache_place("UNUSUAL_MODELS", "models")


def find_detector(detector: str) -> Path:
    """The file of a known name in the models folder, or the path itself. Nothing is ever downloaded here.

    Raises:
        ConfigError: there is no such file.
    """
    weights = KNOWN.get(detector)
    file = models_folder() / weights.file if weights else Path(detector).expanduser()
    if file.is_file():
        return file
    if weights:
        raise ConfigError(f"no detector file {file}: {_by_hand(weights, file.parent)}")
    raise ConfigError(f"no detector {detector!r}: give the path of an ONNX file, or one of {', '.join(KNOWN)}")


def fetch(name: str, folder: Path | None = None) -> Path:
    """Download a known detector, once and only when asked to: a file that is there already stays as it is.

    Args:
        name: a key of `KNOWN`.
        folder: where to; the models folder when not given.

    Raises:
        ConfigError: an unknown name, no address, no network, or another file than the known one at the address; the
            message says which file to put where by hand.
        OutputError: no space or no permission.
    """
    if name not in KNOWN:
        raise ConfigError(f"no known detector {name!r}: choose from {', '.join(KNOWN)}")
    return fetch_weights(KNOWN[name], folder or models_folder())


def fetch_weights(weights: Weights, folder: Path) -> Path:
    """As `fetch`, of any weights."""
    file = folder / weights.file
    if file.is_file():
        return file
    if not weights.address:
        raise ConfigError(f"{weights.file} cannot be downloaded: {_by_hand(weights, folder)}")
    if not weights.address.startswith("https://"):
        raise ConfigError(f"will not download {weights.address}: only from https://; {_by_hand(weights, folder)}")
    try:
        with urlopen(weights.address, timeout=TIMEOUT_S) as reply:  # noqa: S310 - https, as checked above
            data = reply.read(LARGEST_FILE)
    except (OSError, HTTPException) as error:  # OSError covers what urllib, ssl and sockets raise
        why = " ".join(str(error).split())
        raise ConfigError(f"cannot download {weights.file} ({why}): {_by_hand(weights, folder)}") from error
    keep_known(data, weights, file)
    return file


def keep_known(data: bytes, weights: Weights, file: Path) -> None:
    """Write what was downloaded under its name, but only when it is known to be these weights.

    Raises:
        ConfigError: it is something else, and nothing of it is kept.
        OutputError: no space or no permission.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest not in weights.digests:
        came = f"{weights.file} was downloaded but is another file ({len(data)} bytes, sha256 {digest})"
        raise ConfigError(f"{came}, nothing was kept: {_by_hand(weights, file.parent)}")
    with whole_file(file) as part:
        part.write_bytes(data)


def _by_hand(weights: Weights, folder: Path) -> str:
    where = weights.address or weights.source
    return f"put {weights.file} (sha256 {weights.digests[0]}) into {folder}; {where}"
