"""Train the shipped foreground network on made-up scenes, and on nothing else.

    python benchmarks/foreground.py --minutes 60 --out runs/foreground

It never sees a frame of any data set. The moments are rendered first, once (a quarter of an hour). Killed, it goes on
where it last saved itself. The result is written to src/unusual/methods/objects/foreground.onnx, and how it was trained
to results/foreground.json.

A frame, the one before and the ground -> where whole bodies are: the points in their middle, and from there their
sides. Letters: B batch, H W px, multiples of 32; h w = H/4 W/4.
"""

import argparse
import math
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from foreground_samples import Target, sample
from foreground_scenes import Rows, made_up_moments
from numpy.typing import NDArray
from record import write_record
from torch import Tensor, nn

from unusual.errors import DataError
from unusual.files import whole_file
from unusual.methods.objects.foreground import SHIPPED
from unusual.onnx_file import OnnxFile
from unusual.run.average import Average
from unusual.run.export import without_traces

WIDTHS = (16, 16, 32, 64, 96)  # of features at 1/2, 1/4, ... 1/32 of the picture; multiples of 16 run fastest
HEAD = 32
FIRST_PLACE = 60_000  # seed of the first made-up place; no look of a benchmark is among them
RATE, BATCH, WARMUP = 2e-3, 8, 100
AVERAGED = 0.998  # share that the averaged weights keep at each batch
LONGEST = 6.5  # log px from a middle to a side
EVERY = 200  # batches, after which it saves itself
AGREES = 1e-3  # px and confidence: ONNX and PyTorch


def main() -> None:
    """Render, train, export, write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0, help="of one processor, after the rendering")
    parser.add_argument("--places", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path("runs/foreground"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    pictures, rows = made_up_moments(FIRST_PLACE, args.places, args.out / f"moments-{args.places}")
    training = Training(args.out / "training.pt")
    training.run(pictures, rows, args.minutes)
    training.average.settle()
    differs = export(training.network.eval(), pictures, args.out / "foreground.onnx")
    shutil.copy(args.out / "foreground.onnx", SHIPPED)
    figures = {"places": args.places, "batches": training.batches, "minutes of one processor": args.minutes}
    figures |= {"parameters": sum(each.numel() for each in training.network.parameters())}
    figures |= {"loss of middles, of sides": training.losses, "ONNX differs from PyTorch by": differs}
    print(write_record("foreground", {**figures, "bytes": SHIPPED.stat().st_size}))


def conv(takes: int, gives: int, stride: int = 1) -> nn.Sequential:
    """3x3, normalised, rectified."""
    return nn.Sequential(
        nn.Conv2d(takes, gives, 3, stride, 1, bias=False), nn.BatchNorm2d(gives), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """(B, C, H, W) -> the same, added to what two convolutions make of it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            conv(width, width), nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        )

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        return torch.relu(x + self.body(x))


class Network(nn.Module):
    """(B, 7, H, W) -> (B, 5, h, w): the logit that a body's middle is there; log px to its left, top, right, bottom."""

    def __init__(self) -> None:
        super().__init__()
        half, fourth, eighth, sixteenth, last = WIDTHS
        self.stem = nn.Sequential(conv(7, half, 2), conv(half, fourth, 2), Residual(fourth))
        self.eighth = nn.Sequential(conv(fourth, eighth, 2), Residual(eighth), Residual(eighth))
        self.sixteenth = nn.Sequential(conv(eighth, sixteenth, 2), Residual(sixteenth), Residual(sixteenth))
        self.last = nn.Sequential(conv(sixteenth, last, 2), Residual(last))
        self.sides = nn.ModuleList(nn.Conv2d(width, HEAD, 1) for width in WIDTHS[1:])
        self.mixed = nn.ModuleList(conv(HEAD, HEAD) for _ in range(3))
        self.says = nn.Conv2d(HEAD, 5, 1)
        with torch.no_grad():
            self.says.bias.copy_(torch.tensor([-4.0, 2.5, 2.5, 2.5, 2.5]))  # type: ignore[union-attr] # it has one

    def forward(self, x: Tensor) -> Tensor:
        """As the class says."""
        fourth = self.stem(x)
        eighth = self.eighth(fourth)
        sixteenth = self.sixteenth(eighth)
        y = self.sides[3](self.last(sixteenth))
        for finer, side, mixed in zip(
            (sixteenth, eighth, fourth), (self.sides[2], self.sides[1], self.sides[0]), self.mixed, strict=True
        ):
            y = mixed(F.interpolate(y, scale_factor=2.0, mode="nearest") + side(finer))
        return self.says(y)  # type: ignore[no-any-return]


def inputs(frame: Tensor, before: Tensor, ground: Tensor) -> Tensor:
    """Grey levels (B, H, W, 3) -> (B, 7, H, W): the frame, its difference from the ground, its change."""
    frame, before, ground = (each.permute(0, 3, 1, 2).float() / 255 for each in (frame, before, ground))
    each = (frame - before).abs()
    change = torch.maximum(torch.maximum(each[:, :1], each[:, 1:2]), each[:, 2:])  # in a third of the time of amax
    return torch.cat([frame - 0.5, (frame - ground) * 2, change * 2], 1)


class Finder(nn.Module):
    """Grey levels (1, H, W, 3) of a frame, of the one before, uint8, and of the ground, float32 -> (1, 5, h, w).

    The confidence of bodies, at their middles and 0 elsewhere; px to the left, top, right and bottom.
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, frame: Tensor, before: Tensor, ground: Tensor) -> Tensor:
        """As the class says."""
        out = self.network(inputs(frame, before, ground))
        heat = torch.sigmoid(out[:, :1])
        middle = heat == F.max_pool2d(heat, 3, 1, 1)
        return torch.cat([heat * middle, out[:, 1:].clamp(-2.0, LONGEST).exp()], 1)


def losses(out: Tensor, heat: Tensor, sides: Tensor, weight: Tensor, spared: Tensor) -> tuple[Tensor, Tensor]:
    """Of the middles, the focal loss of "Objects as Points", Eq. 1; of the sides, 1 - IoU and half the log's error."""
    logit, middle = out[:, 0], heat >= 0.999
    sure = torch.sigmoid(logit)
    there = F.logsigmoid(logit) * (1 - sure) ** 2
    elsewhere = F.logsigmoid(-logit) * sure**2 * (1 - heat) ** 4
    missed = -torch.where(middle, there, elsewhere.masked_fill(spared, 0)).sum() / middle.sum().clamp(min=1)
    said, true = out[:, 1:].clamp(-2.0, LONGEST).exp(), sides.exp()
    least = torch.minimum(said, true)
    both = (least[:, 0] + least[:, 2]) * (least[:, 1] + least[:, 3])
    areas = [(each[:, 0] + each[:, 2]) * (each[:, 1] + each[:, 3]) for each in (said, true)]
    wrong = 1 - both / (areas[0] + areas[1] - both) + (out[:, 1:] - sides).abs().mean(1) / 2
    return missed, (wrong * weight).sum() / weight.sum().clamp(min=1)


class Training:
    """Trains, for so much of a processor's time in all, and goes on from `file` where there is one.

    network: as it is trained; average: of its weights over time.
    """

    def __init__(self, file: Path) -> None:
        torch.manual_seed(0)
        self.file = file
        self.network = Network().to(memory_format=torch.channels_last)  # type: ignore[call-overload] # of modules too
        self.average = Average(self.network, AVERAGED)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), RATE, weight_decay=1e-4)
        self.batches, self.seconds, self.losses = 0, 0.0, [0.0, 0.0]
        if file.exists():
            kept = torch.load(file, weights_only=True)
            self.network.load_state_dict(kept["network"])
            self.average.mean = kept["average"]
            self.optimizer.load_state_dict(kept["optimizer"])
            self.batches, self.seconds, self.losses = kept["batches"], kept["seconds"], kept["losses"]

    def run(self, pictures: NDArray[np.uint8], rows: Sequence[Rows], minutes: float) -> None:
        """Take batches until the time is over."""
        began = time.process_time() - self.seconds
        while (share := self.seconds / 60 / minutes) < 1:
            rate = RATE * min(1, (self.batches + 1) / WARMUP) * (0.5 + 0.5 * math.cos(math.pi * share))
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            self._step(batch(np.random.default_rng((5, self.batches)), pictures, rows))
            self.seconds = time.process_time() - began
            if self.batches % EVERY == 0:
                self._save()
                middles, sides = self.losses
                print(f"{self.batches} batches, {self.seconds / 60:.1f} min: {middles:.4f} {sides:.4f}", flush=True)
        self._save()

    def _step(self, parts: Sequence[Tensor]) -> None:
        frame, before, ground, *target = parts
        given = inputs(frame, before, ground).contiguous(memory_format=torch.channels_last)
        middles, sides = losses(self.network(given), *target)
        self.optimizer.zero_grad()
        (middles + sides).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 10.0)
        self.optimizer.step()
        self.average.add(self.batches)
        self.batches += 1
        news = middles.item(), sides.item()
        self.losses = [
            0.99 * old + 0.01 * new if self.batches > 1 else new for old, new in zip(self.losses, news, strict=True)
        ]

    def _save(self) -> None:
        state = {"network": self.network.state_dict(), "average": self.average.mean}
        state |= {"optimizer": self.optimizer.state_dict()}
        with whole_file(self.file) as part:
            torch.save(state | {"batches": self.batches, "seconds": self.seconds, "losses": self.losses}, part)


def batch(rng: np.random.Generator, pictures: NDArray[np.uint8], rows: Sequence[Rows]) -> list[Tensor]:
    """Frames, those before, grounds, and what is in them."""

    def column() -> Iterator[Sequence[object]]:
        for one in rng.integers(0, len(pictures), BATCH).tolist():
            *three, target = sample(rng, pictures[one], rows[one], lambda: pictures[rng.integers(0, len(pictures))])
            yield [*three, *(getattr(target, each.name) for each in fields(Target))]

    return [torch.from_numpy(np.stack(each)) for each in zip(*column(), strict=True)]


def export(network: Network, pictures: NDArray[np.uint8], file: Path) -> float:
    """Write the ONNX file for pictures of any size; by how much it differs from PyTorch on some of them.

    Raises:
        DataError: it differs by more than rounding.
    """
    finder = Finder(network)
    given = [torch.from_numpy(pictures[:1, :224, :, k : k + 3].copy()) for k in (0, 3, 6)]
    given[2] = given[2].float()
    sides = {1: 32 * torch.export.Dim("rows", min=1, max=64), 2: 32 * torch.export.Dim("columns", min=1, max=64)}
    program = torch.onnx.export(
        finder, tuple(given), dynamo=True, external_data=False, verbose=False,
        input_names=["frame", "before", "ground"], output_names=["bodies"], dynamic_shapes=(sides, sides, sides),
    )  # fmt: skip
    if program is None:
        raise DataError("the network was not exported")
    model = without_traces(program.model_proto)
    with whole_file(file) as part:
        part.write_bytes(model.SerializeToString())
    runs, worst = OnnxFile(file), 0.0
    for one in range(0, len(pictures), max(1, len(pictures) // 50)):
        three = [pictures[one : one + 1, :224, :288, k : k + 3].copy() for k in (0, 3, 6)]
        frame, before, ground = three[0], three[1], three[2].astype(np.float32)
        with torch.no_grad():
            said = finder(*map(torch.from_numpy, (frame, before, ground))).numpy()
        (came,) = runs.run({"frame": frame, "before": before, "ground": ground})
        where = said[:, :1] > 0.1  # who is not there has no sides
        worst = max(worst, float(np.abs((np.asarray(came, np.float32) - said) * where).max()))
    if worst > AGREES:
        raise DataError(f"the exported network differs by {worst}")
    return worst


if __name__ == "__main__":
    main()
