"""What needs no learning, on the test clips of a data set: micro and macro AUC, plain and by min-max; one record.

    python benchmarks/floors.py DATA --name ped2

The tables set it beside records that were made before a floor was.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from unusual.data.datasets import open_dataset, read_truth
from unusual.measure.compare import with_minmax
from unusual.measure.metrics import frame_metrics
from unusual.video.floors import Floors
from unusual.video.reader import open_video

RESULTS = Path(__file__).parent / "results"
Protocols = Mapping[str, Mapping[str, Any]]


def main() -> None:
    """Decode, score, compare, write results/NAME_floors.json."""
    from record import write_record  # it loads torch, which the tables do without

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--name", required=True)
    asked = parser.parse_args()
    dataset = open_dataset(asked.data)
    curves, labels = [], []
    for clip in dataset.test:
        floors, times = Floors(), []
        with open_video(clip.source, rate=clip.rate) as video:
            for frame in video:
                floors.add(frame.rgb, after_gap=frame.after_gap)
                times.append(frame.time_s)
        truth = read_truth(clip, np.array(times))
        if truth is not None:
            curves.append(with_minmax(floors.scores()))
            labels.append(truth.abnormal)
    names = [clip.name for clip in dataset.test if clip.truth]
    found = {name: asdict(frame_metrics([each[name] for each in curves], labels, names)) for name in curves[0]}
    print(write_record(f"{asked.name}_floors", {"data": dataset.name, "protocols": found}))


def with_floors(protocols: Protocols, name: str) -> dict[str, Mapping[str, Any]]:
    """The protocols of a record, and behind its floors those that it lacks, of results/NAME_floors.json."""
    file = RESULTS / f"{name}_floors.json"
    known: Protocols = json.loads(file.read_text(encoding="utf-8"))["protocols"] if file.exists() else {}
    lacking = {floor: row for floor, row in known.items() if floor not in protocols}
    last = max((place for place, each in enumerate(protocols) if each in known), default=-1)
    rows = list(protocols.items())
    return dict([*rows[: last + 1], *lacking.items(), *rows[last + 1 :]] if last >= 0 else rows)


if __name__ == "__main__":
    main()
