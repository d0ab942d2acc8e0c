"""What goes to a lent machine with the checkout, and what comes back of it: see gpu_ped2.sh.

pack fills runs/lent: clips, labels of every test frame, wheels of what such a machine may lack, weights to go on with.
"""

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gpu_ped2 import LENT, PACKED, RUN, STATE, Packed
from record import RESULTS

from unusual.data.datasets import open_dataset, read_truth
from unusual.errors import DataError, UnusualError
from unusual.run.checkpoint import MODEL
from unusual.run.fit import commit
from unusual.video.reader import open_video

MOST_MIB = 60.0  # that may travel: the checkout and runs/lent
WHEELS = ("pydantic", "pydantic_core", "annotated-types", "typing-inspection", "typing_extensions", "safetensors")


def main() -> None:
    """Pack or unpack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack")
    packing.add_argument("clips", type=Path, help="a folder of training/ and testing/, as video files")
    packing.add_argument("labels", type=Path, help="the file of labels that belongs into it")
    packing.add_argument("--python", default="3.12", help="of the lent machine, which is a 64-bit Linux on x86")
    unpacking = commands.add_parser("unpack")
    unpacking.add_argument("folder", type=Path, help="that the lent machine left")
    unpacking.add_argument("--name", default="ped2_paper", help="of the record")
    args = parser.parse_args()
    try:
        if args.command == "pack":
            pack(args.clips, args.labels, args.python)
        else:
            unpack(args.folder, args.name)
    except (UnusualError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


def pack(clips: Path, labels: Path, python: str) -> None:
    """Fill runs/lent. Raises DataError where it is too much, VideoError, OSError."""
    shutil.rmtree(LENT / "clips", ignore_errors=True)
    for part in ("training", "testing"):
        shutil.copytree(clips / part, LENT / "clips" / part)
    shutil.copy(labels, LENT / "clips")
    dataset, abnormal = open_dataset(LENT / "clips"), dict[str, str]()
    for video in dataset.test:
        truth = read_truth(video, np.arange(frames_of(video.source), dtype=np.float64))
        if truth is None:
            raise DataError(f"{labels} says nothing of clip {video.name}")
        abnormal[video.source.name] = "".join("01"[each] for each in truth.abnormal.tolist())
    frames = {video.source.name: frames_of(video.source) for video in dataset.train}
    (LENT / PACKED).write_text(json.dumps(Packed(dataset.name, commit(), frames, abnormal)._asdict()))
    fetch_wheels(python)
    tracked = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True).stdout.split("\0")  # noqa: S607
    travels = [path for path in map(Path, filter(None, tracked)) if path.is_file()]
    travels += [path for path in LENT.rglob("*") if path.is_file()]
    mib = sum(path.stat().st_size for path in travels) / 2**20
    if mib > MOST_MIB:
        raise DataError(f"{mib:.1f} MiB would travel, {MOST_MIB:g} may: leave clips or wheels out of {LENT}")
    going_on = "goes on with " + STATE if (LENT / STATE).exists() else "begins anew"
    print(f"{mib:.1f} MiB travel, {LENT} among them; the training {going_on}")


def frames_of(video: Path) -> int:
    """How many there are, decoded."""
    with open_video(video) as opened:
        return sum(1 for _ in opened)


def fetch_wheels(python: str) -> None:
    """Get the wheels. Raises DataError where there are none."""
    folder = LENT / "wheels"
    platforms = [f"--platform={name}_x86_64" for name in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")]
    chosen = ["--no-deps", "--only-binary=:all:", f"--python-version={python}", "--implementation=cp", *platforms]
    command = [sys.executable, "-m", "pip", "download", "-q", *chosen, "-c", "constraints.txt", "-d", str(folder)]
    shutil.rmtree(folder, ignore_errors=True)
    if subprocess.run([*command, *WHEELS], check=False).returncode:  # noqa: S603
        raise DataError(f"no wheels for Python {python} could be had: give the lent machine's with --python")


def unpack(folder: Path, name: str) -> None:
    """Put what came back where it belongs. Raises DataError where something is missing, OSError."""
    parts = sorted(folder.glob(f"{MODEL}.*"), key=lambda path: int(path.suffix[1:]))
    missing = [wanted for wanted in ("record.json", STATE) if not (folder / wanted).is_file()]
    for place in (RUN, LENT):
        place.mkdir(parents=True, exist_ok=True)
    if (folder / STATE).is_file():
        shutil.copyfile(folder / STATE, LENT / STATE)
        print(f"{LENT / STATE}: the next pack takes it along")
    if missing or not parts:
        raise DataError(f"{folder} lacks {', '.join(missing) or MODEL}: the training was stopped before it was scored")
    joined(parts, RUN / MODEL)
    shutil.copyfile(folder / "record.json", RESULTS / f"{name}.json")
    print(RUN / MODEL, RESULTS / f"{name}.json", sep="\n")


def joined(parts: Sequence[Path], file: Path) -> None:
    """One file of its parts."""
    file.write_bytes(b"".join(part.read_bytes() for part in parts))


if __name__ == "__main__":
    main()
