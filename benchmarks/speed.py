"""How fast: `small` end to end with the share of each part, `paper` for one unit, sizes and multiplications.

    python benchmarks/speed.py VIDEO --checkpoint runs/ped2_small

Absolute times hold for the machine they were measured on; the shares and ratios are what carries over.
"""

import argparse
import resource
import time
from pathlib import Path
from statistics import median

import torch
from record import write_record
from torch.utils.flop_counter import FlopCounterMode

from unusual.methods.ustn_dsc.network import UstnDsc
from unusual.methods.ustn_dsc.settings import UstnDscConfig, paper, small
from unusual.run.checkpoint import load_checkpoint
from unusual.run.score import score_video
from unusual.video.reader import open_video


def main() -> None:
    """Measure and write results/speed.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", help="a video file")
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    score_video(args.video, load_checkpoint(args.checkpoint), pictures=False)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # before parts of the work are measured alone
    pipelines = [end_to_end(args.video, args.checkpoint) for _ in range(args.repeats)]
    best = max(pipelines, key=lambda row: row["frames_per_second"])
    figures: dict[str, object] = {
        "small end to end, best of repeats": best,
        "small end to end, frames per second of each repeat": [row["frames_per_second"] for row in pipelines],
        "small end to end, peak memory GB": round(memory, 2),
        "small": sizes(small(), 160, 240),
        "paper": sizes(paper(), 256, 256)
        | {f"seconds a unit, {name}": unit_seconds(paper(), 256, 256, bf16) for name, bf16 in PRECISIONS.items()},
    }
    print(write_record("speed", figures))


PRECISIONS = {"bf16": True, "fp32": False}


def end_to_end(video: str, folder: Path) -> dict[str, float]:
    """Score a video without pictures; where the time goes is measured by doing parts of the work alone."""
    checkpoint = load_checkpoint(folder)
    scorer = checkpoint.scorer
    began = time.perf_counter()
    frames = len(score_video(video, checkpoint, pictures=False).result.live.scores)
    whole = time.perf_counter() - began
    began = time.perf_counter()
    with open_video(video) as opened:
        rgb = [frame.rgb for _, frame in zip(range(400), opened, strict=False)]
    decoding = (time.perf_counter() - began) / len(rgb) * frames
    pictures = [(float(n), scorer.picture(picture)) for n, picture in enumerate(rgb)]
    began = time.perf_counter()
    list(scorer.judge("speed", pictures))
    network = (time.perf_counter() - began) / len(rgb) * frames
    return {
        "frames": frames,
        "seconds": round(whole, 3),
        "frames_per_second": round(frames / whole, 1),
        "share of decoding": round(decoding / whole, 3),
        "share of network and errors": round(network / whole, 3),
        "share of the rest": round(1 - (decoding + network) / whole, 3),
    }


def sizes(config: UstnDscConfig, height: int, width: int) -> dict[str, object]:
    """Parameters, and multiplications for one unit of T frames."""
    network = UstnDsc(config.network).eval()
    keys = torch.rand(1, 3, config.network.colours, height, width)
    counter = FlopCounterMode(display=False)
    with counter, torch.inference_mode():
        network(keys)
    return {
        "size": f"{config.network.frames} frames of {height}x{width}x{config.network.colours}",
        "parameters": sum(p.numel() for p in network.parameters()),
        "multiplications a unit": counter.get_total_flops() // 2,
    }


def unit_seconds(config: UstnDscConfig, height: int, width: int, bf16: bool) -> float:
    """Median time of one pass of the network on one unit."""
    network = UstnDsc(config.network).eval()
    keys, times = torch.rand(1, 3, config.network.colours, height, width), []
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        for _ in range(6):
            began = time.perf_counter()
            network(keys)
            times.append(time.perf_counter() - began)
    return round(median(times[1:]), 3)


if __name__ == "__main__":
    main()
