"""The README's picture: the annotated video of the demo at the peak of its strongest event.

make demo && python benchmarks/picture.py
"""

import argparse
import json
from pathlib import Path

import cv2

from unusual.video.reader import open_video

PICTURE = Path(__file__).parents[1] / "docs/pictures/demo.png"


def main() -> None:
    """Find the event, cut the frame out, write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", type=Path, default=Path("runs/demo"))
    args = parser.parse_args()
    events = [
        (event["peak_score"], event["peak_s"], file.parent)
        for file in args.demo.glob("*/events.json")
        for event in json.loads(file.read_text(encoding="utf-8"))["events"]
    ]
    _, peak_s, folder = max(events)
    with open_video(folder / "annotated.mp4") as video:
        rgb = next(frame.rgb for frame in video if frame.time_s >= peak_s)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(PICTURE), rgb[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9])
    print(PICTURE)


if __name__ == "__main__":
    main()
