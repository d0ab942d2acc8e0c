"""How fast STATE learns and scores on this machine, beside attention that convolves all 49 pairs one by one.

    python benchmarks/state_network.py --minutes 3

Cubes per second hold for the machine they were measured on; the ratios are what carries over.
"""

import argparse
import time
from collections.abc import Callable
from itertools import product

import torch
import torch.nn.functional as F
from record import write_record
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from unusual.methods.state.network import SLOPE, ConvolutionalAttention, State, folded
from unusual.methods.state.objective import cube_errors, reconstruction_loss
from unusual.methods.state.perturb import perturb
from unusual.methods.state.settings import NetworkConfig, PerturbConfig

SIZES = {"paper": NetworkConfig(), "small": NetworkConfig(widths=(16, 32, 64), layers=2)}
PRECISIONS = {"bf16": True, "fp32": False}
SIDE = 32  # pixels of a cube's side


class PairByPair(ConvolutionalAttention):
    """The paper's words: F(concat(Q_i, K_j)) for every pair, softmax over j, a sum of products with V_j."""

    def forward(self, z: Tensor, positions: Tensor) -> Tensor:
        """(BT, d, s, s) -> (BT, d, s, s), equal to what it is derived from."""
        value = F.leaky_relu(self.key_value(z), SLOPE)
        query = F.leaky_relu(self.query(z), SLOPE) + positions
        q, k, v = (self.by_head(x) for x in (query, value + positions, value))
        mixed = []
        for i in range(self.frames):
            pairs = [torch.cat([q[:, i], k[:, j]], dim=2).flatten(1, 2) for j in range(self.frames)]
            maps = torch.stack([F.leaky_relu(self.attention_net(pair), SLOPE) for pair in pairs], dim=1)
            mixed.append((maps.softmax(1)[:, :, :, None] * v).sum(1))
        return torch.stack(mixed, dim=1).view_as(z)

    def by_head(self, maps: Tensor) -> Tensor:
        """(BT, d, s, s) -> (B, T, H, c, s, s)."""
        _, d, rows, columns = maps.shape
        return maps.reshape(-1, self.frames, self.heads, d // self.heads, rows, columns)


def main() -> None:
    """Measure and write results/state_network.json."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--batch", type=int, default=64, help="cubes in a step of training")
    parser.add_argument("--together", type=int, default=16, help="cubes scored together: about those of a frame")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    figures: dict[str, object] = {}
    for (size, config), (precision, bf16) in product(SIZES.items(), PRECISIONS.items()):
        seconds = args.minutes * 60 / (len(SIZES) * len(PRECISIONS))
        figures[f"{size}, {precision}"] = rates(config, bf16, args.batch, args.together, seconds)
        print(size, precision, figures[f"{size}, {precision}"], flush=True)
    figures |= {f"{size}, a cube": sizes(config) for size, config in SIZES.items()}
    print(write_record("state_network", figures))


def rates(config: NetworkConfig, bf16: bool, batch: int, together: int, seconds: float) -> dict[str, float]:
    """Cubes per second of each kind of work, best of as many turns as fit, and ratios to attention pair by pair."""
    ours, literal = State(config), pair_by_pair(State(config))
    learnt, scored = cubes(config, batch), cubes(config, together)
    tasks = {}
    for name, network in (("", ours), (", pair by pair", literal)):
        tasks["training" + name] = (training(network, *learnt, bf16), batch)
        still = pair_by_pair(State(config)) if name else State(config)
        tasks["scoring" + name] = (scoring(still, *scored, bf16, eta=0.0), together)
        tasks["perturbed scoring" + name] = (scoring(still, *scored, bf16, eta=0.002), together)
    fused = folded(ours)
    tasks["scoring, folded"] = (scoring(fused, *scored, bf16, eta=0.0), together)
    tasks["perturbed scoring, folded"] = (scoring(fused, *scored, bf16, eta=0.002), together)
    best = in_turns({name: task for name, (task, _) in tasks.items()}, seconds)
    rate = {name: n / best[name] for name, (_, n) in tasks.items()}
    ratios = {f"{name}, times": rate[name.partition(",")[0]] / r for name, r in rate.items() if "pair" in name}
    ratios |= {f"{name}, times": r / rate[name.partition(",")[0]] for name, r in rate.items() if "folded" in name}
    return {name: round(r, 1) for name, r in rate.items()} | {name: round(r, 2) for name, r in ratios.items()}


def pair_by_pair(network: State) -> State:
    """Change every attention of the network to the literal one, weights and all."""
    for module in network.modules():
        if isinstance(module, ConvolutionalAttention):
            module.__class__ = PairByPair
    return network


def cubes(config: NetworkConfig, n: int) -> tuple[Tensor, Tensor]:
    """Random cubes and motion: what they show takes no time."""
    return torch.rand(n, config.frames, 3, SIDE, SIDE), torch.randn(n, config.frames, 2, SIDE, SIDE)


def training(network: State, rgb: Tensor, flow: Tensor, bf16: bool) -> Callable[[], None]:
    """Forward, backward and a step of Adam."""
    optimiser = torch.optim.Adam(network.train().parameters(), 1e-3, eps=1e-7)

    def step() -> None:
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            pixels, motion = network(rgb)
        optimiser.zero_grad()
        reconstruction_loss(pixels, motion, rgb, flow).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return step


def scoring(network: State, rgb: Tensor, flow: Tensor, bf16: bool, eta: float) -> Callable[[], None]:
    """The errors of cubes, after one step of perturbation if eta is above 0."""
    network.eval()

    def score() -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            seen = perturb(network, rgb, flow, PerturbConfig(eta))[0] if eta else rgb
            pixels, motion = network(seen)
            cube_errors(pixels, motion, seen, flow)

    return score


def in_turns(tasks: dict[str, Callable[[], None]], seconds: float) -> dict[str, float]:
    """The shortest time of each, all measured in turns, so that what else the machine does falls on all alike."""
    until, best = time.perf_counter() + seconds, dict.fromkeys(tasks, float("inf"))
    turn = 0
    while turn < 2 or time.perf_counter() < until:
        for name, task in tasks.items():
            began = time.perf_counter()
            task()
            if turn:  # the first one warms up
                best[name] = min(best[name], time.perf_counter() - began)
        turn += 1
    return best


def sizes(config: NetworkConfig) -> dict[str, object]:
    """Parameters, and multiplications for one cube, ours and with every pair convolved."""
    counts: dict[str, object] = {"parameters": sum(p.numel() for p in State(config).parameters())}
    for name, network in (("", State(config)), (", pair by pair", pair_by_pair(State(config)))):
        counter = FlopCounterMode(display=False)
        with counter, torch.inference_mode():
            network.eval()(cubes(config, 1)[0])
        counts["multiplications" + name] = counter.get_total_flops() // 2
    return counts


if __name__ == "__main__":
    main()
