"""From which confidence on a detection should count: how many boxes the tracks of ordinary footage lose at each.

    python benchmarks/threshold.py ../shared/data/ped2 --detector weights.onnx --name ped2

The same seconds are looked at as `unusual train` looks at them when it chooses `objects.score`.
"""

import argparse
from pathlib import Path

from record import write_record

from unusual.data.datasets import open_dataset
from unusual.methods.habits.settings import JUDGED, HabitsConfig
from unusual.methods.objects.objects import ObjectConfig
from unusual.methods.objects.threshold import SCORES, by_footage, share_lost, suspected


def main() -> None:
    """Look, count for every threshold, write results/threshold_NAME.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--detector", required=True, help="an ONNX file or a known name")
    parser.add_argument("--name", required=True)
    args = parser.parse_args()
    videos = open_dataset(args.data).train
    sources, rate = [video.source for video in videos], videos[0].rate
    objects, tracks = ObjectConfig(args.detector, score=0.0, smallest_side=0), HabitsConfig().tracks
    windows = suspected(sources, rate, objects, JUDGED)
    lost = {str(score): round(share_lost(windows, score, objects, tracks, JUDGED), 4) for score in SCORES}
    chosen = by_footage(sources, rate, objects, tracks, JUDGED)
    print(write_record(f"threshold_{args.name}", {"share of boxes that is lost, by threshold": lost, "chosen": chosen}))


if __name__ == "__main__":
    main()
