"""Learn what is usual from ordinary footage: the loop in sight, for one processor, one GPU or several."""

import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from math import cos, pi
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import TypeAdapter
from safetensors.torch import load_file
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from unusual.errors import CheckpointError, ConfigError
from unusual.files import write_text
from unusual.methods.footage import Footage, order
from unusual.methods.learner import Check, NetworkLearner
from unusual.methods.settings import TrainingConfig
from unusual.run.average import Average
from unusual.run.checkpoint import TRAINING, learnt_in, named, read_tensors, write_tensors
from unusual.run.config import RunConfig, config_to_dict
from unusual.run.processes import rank, together, world_size
from unusual.run.progress import EpochRow, Position, Trained, Watcher, as_table

SAVE_EVERY_S = 120.0  # a training that is killed loses at most this much


class Training:
    """One training of a learner's network, in place; log.csv and training.safetensors are kept in `folder`.

    Every batch follows from (seed, step) alone, so a training that was killed goes on along the same loss curve from
    its last save; by a time budget (minutes) the learning rate follows the clock, and only the batches are the same.
    Ctrl-C ends the batch, saves, and raises KeyboardInterrupt. With several processes (torchrun) each takes its part
    of every batch, and the first one writes.

    Raises:
        CheckpointError: there is nothing to resume, or it was started with other settings, footage or processes.
    """

    def __init__(
        self,
        learner: NetworkLearner,
        config: RunConfig,
        footage: Sequence[Footage],
        held_out: Sequence[Footage],
        folder: Path,
        *,
        resume: bool = False,
    ) -> None:
        self.learner, self.config, self.settings = learner, config, config.settings.training
        self.footage, self.held_out, self.folder = footage, held_out, folder
        self.starts = learner.starts(footage)
        self.batches = self.settings.epoch_batches or max(1, len(self.starts) // (self.settings.batch * world_size()))
        self.network = DistributedDataParallel(learner.network) if world_size() > 1 else learner.network
        self.optimiser = optimiser_of(learner.network, self.settings)
        self.average = Average(learner.network, self.settings.averaging)
        self.at, self.rows = Position(), list[EpochRow]()
        self.checks: tuple[Check, ...] = ()  # of the last epoch
        self._stop = False
        if resume:
            self._resume()

    def run(self, watcher: Watcher | None = None) -> Trained:
        """Train to the end of the epochs or of the time budget. Raises ConfigError when the loss is not finite."""
        watcher = watcher or Watcher()
        began = saved = time.monotonic()
        before = self.at.seconds
        with self._interrupts_wait():
            while self.share_done() < 1:
                loss = self._learn_one_batch()
                self.at.step += 1
                self.at.epoch_loss += loss
                self.at.seconds = before + time.monotonic() - began
                watcher.step(self.share_done(), loss)
                ended = self.at.step % self.batches == 0 or self.share_done() >= 1
                if ended:
                    watcher.epoch(self._end_epoch(watcher))
                if ended or self._stop or time.monotonic() - saved > SAVE_EVERY_S:
                    self._save()
                    saved = time.monotonic()
                if self._stop:
                    raise KeyboardInterrupt
        self.average.settle()
        gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
        return Trained(self.at, self.checks, gpu, ("torch",))

    @contextmanager
    def _interrupts_wait(self) -> Iterator[None]:
        """Let the first Ctrl-C wait for the end of the batch; the second one ends the process as usual."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        usual = signal.getsignal(signal.SIGINT)

        def remember(*_: object) -> None:
            self._stop = True
            signal.signal(signal.SIGINT, usual)

        signal.signal(signal.SIGINT, remember)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, usual)

    def share_done(self) -> float:
        """How much of the training is done, in [0, 1]: by time where minutes are set, else by epochs."""
        if self.settings.minutes:
            return together(min(1.0, self.at.seconds / (60 * self.settings.minutes)))
        return self.at.step / (self.settings.epochs * self.batches)

    def _learn_one_batch(self) -> float:
        settings, step = self.settings, self.at.step
        self.network.train()
        torch.manual_seed((settings.seed * 1_000_003 + step) * world_size() + rank())  # drop path
        chance = np.random.default_rng((settings.seed, step, rank()))
        clips = self.learner.batch(self.footage, self.starts[self._drawn(step)], chance)
        loss = self.learner.loss(self.network, clips)
        if not torch.isfinite(loss):
            raise ConfigError(f"the loss is not finite at batch {step}: lower training.learning_rate")
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if settings.clip_gradient:
            nn.utils.clip_grad_norm_(self.learner.network.parameters(), settings.clip_gradient)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(settings, self.share_done(), step)
        self.optimiser.step()
        self.average.add(step)
        return float(loss.detach())

    def _drawn(self, step: int) -> NDArray[np.int64]:
        """The clips of this process in this batch: a walk through all clips, in an order drawn anew for each pass."""
        first = (step * world_size() + rank()) * self.settings.batch
        turns = [divmod(place, len(self.starts)) for place in range(first, first + self.settings.batch)]
        return np.array([order(len(self.starts), self.settings.seed, turn)[place] for turn, place in turns])

    def _end_epoch(self, watcher: Watcher) -> EpochRow:
        with self.average.in_place():
            own = self.learner.check(self.held_out)
            self.checks = (*own, *watcher.measured(self.learner, self.held_out))
        at = self.at
        number = -(-at.step // self.batches)
        mean_loss = at.epoch_loss / (at.step - (number - 1) * self.batches)
        rate = learning_rate(self.settings, self.share_done(), at.step)
        values = [((c.name, c.value), *((f"{c.name} ({floor})", v) for floor, v in c.floors)) for c in self.checks]
        self.rows.append(EpochRow(number, at.step, round(at.seconds, 1), rate, round(mean_loss, 6), sum(values, ())))
        at.epoch_loss = 0.0
        return self.rows[-1]

    def _save(self) -> None:
        if rank():
            return
        tensors = named(self.learner.learnt())
        for number, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{number}.{name}": tensor.cpu().numpy() for name, tensor in state.items()}
        tensors |= self.average.named()
        header = {
            "config": config_to_dict(self.config),
            "position": asdict(self.at),
            "rows": [asdict(r) for r in self.rows],
            "footage": drawn_from(*self.footage, *self.held_out),
        }
        write_tensors(self.folder / TRAINING, tensors, header)
        write_text(self.folder / "log.csv", as_table(self.rows))

    def _resume(self) -> None:
        file = self.folder / TRAINING
        tensors, header = read_tensors(file)
        refuse_another(file, header, self.config, drawn_from(*self.footage, *self.held_out))
        network = {name: tensor for name, tensor in tensors.items() if name.startswith("network.")}
        self.learner.begin(learnt_in(network, file), file)
        state = self.optimiser.state_dict()
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, number, key = name.split(".")
                state["state"].setdefault(int(number), {})[key] = torch.from_numpy(tensor)
        self.optimiser.load_state_dict(state)
        self.average.begin(tensors)
        self.at = TypeAdapter(Position).validate_python(header["position"])
        self.rows = TypeAdapter(list[EpochRow]).validate_python(header["rows"])
        within = self.at.step % self.batches
        if within and self.rows and self.rows[-1].step == self.at.step and self.share_done() < 1:
            self.at.epoch_loss = within * self.rows.pop().loss  # its time was up within an epoch, which goes on now


def optimiser_of(network: nn.Module, settings: TrainingConfig) -> torch.optim.AdamW:
    """AdamW; without weight decay it is Adam."""
    betas, groups = (settings.beta1, settings.beta2), [{"params": list(network.parameters())}]
    return torch.optim.AdamW(groups, settings.learning_rate, betas, settings.epsilon, settings.weight_decay)


def refuse_another(file: Path, header: Mapping[str, object], config: RunConfig, footage: Sequence[str]) -> None:
    """Raise CheckpointError where a training cannot be gone on with: it was of other settings or footage."""
    if missing := {"config", "footage", "position", "rows"} - header.keys():
        raise CheckpointError(f"{file} cannot be gone on with, it lacks {', '.join(sorted(missing))}: train anew")
    if _but_for_length(header["config"]) != _but_for_length(json.loads(json.dumps(config_to_dict(config)))):
        raise CheckpointError(f"{file} was trained with other settings: give the same, or another --out")
    if header["footage"] != footage:
        raise CheckpointError(f"{file} was trained on other videos or by more or fewer processes: give the same")


def _but_for_length(config: object) -> object:
    """Settings without how long is trained: a training may be lengthened, also one that ended."""
    settings = config.get("settings") if isinstance(config, dict) else None
    training = settings.get("training") if isinstance(settings, dict) else None
    if not (isinstance(config, dict) and isinstance(settings, dict) and isinstance(training, dict)):
        return config
    kept = {key: value for key, value in training.items() if key not in ("minutes", "epochs")}
    return config | {"settings": settings | {"training": kept}}


def drawn_from(*footage: Footage) -> list[str]:
    """What a batch's number stands for: the number of processes and the stretches of footage."""
    return [f"processes: {world_size()}", *(f"{f.name}: {len(f.pictures)} of {f.frames}" for f in footage)]


def learning_rate(settings: TrainingConfig, share: float, step: int) -> float:
    """A linear rise over the first batches, times (schedule cosine) a fall to 0 as `share` goes from 0 to 1.

    >>> learning_rate(TrainingConfig(learning_rate=1e-3), share=0.5, step=100)
    0.0005
    """
    rise = min(1.0, (step + 1) / settings.warmup_batches) if settings.warmup_batches else 1.0
    return settings.learning_rate * rise * ((1 + cos(pi * share)) / 2 if settings.schedule == "cosine" else 1.0)


def load_warm_start(learner: NetworkLearner, file: Path | None) -> None:
    """Start from shipped weights: preset small, trained on made-up ordinary scenes alone (benchmarks/warm_start.py).

    Raises:
        ConfigError: none is shipped for this method, or the network is not built as that one was.
    """
    if file is None:
        raise ConfigError("no warm start is shipped for this method: use training.warm_start=none")
    shipped = {name: tensor.float().numpy() for name, tensor in load_file(file).items()}  # bf16, which numpy has not
    try:
        learner.begin(learnt_in(shipped, file), file)
    except CheckpointError as error:
        raise ConfigError(
            "the shipped warm start fits the network of preset small alone: add training.warm_start=none"
        ) from error
