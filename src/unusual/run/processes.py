"""The processes that torchrun started to train together. Without it this one is alone, and loads no torch."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

SEVERAL = int(os.environ.get("WORLD_SIZE", "1")) > 1


@contextmanager
def several_processes() -> Iterator[None]:
    """Join the other processes that torchrun started, if it did."""
    if not SEVERAL:
        yield
        return
    import torch
    import torch.distributed as dist

    # footage is prepared by one process while the others wait, which may take hours
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo", timeout=timedelta(days=2))
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    try:
        yield
    finally:
        dist.destroy_process_group()


@contextmanager
def first_process_first() -> Iterator[None]:
    """Let the first process do the work before the others, which then find it done."""
    if rank():
        _wait_for_all()
    yield
    if world_size() > 1 and not rank():
        _wait_for_all()


def world_size() -> int:
    """How many processes train together."""
    return _place()[1]


def rank() -> int:
    """Which of them this one is; the first writes the files."""
    return _place()[0]


def together(value: float) -> float:
    """The first process's value in all of them, so that all stop at the same batch."""
    if world_size() == 1:
        return value
    import torch
    import torch.distributed as dist

    shared = torch.tensor(value, dtype=torch.float64, device="cuda" if torch.cuda.is_available() else "cpu")
    dist.broadcast(shared, 0)
    return float(shared)


def _place() -> tuple[int, int]:
    """Rank and world size."""
    if not SEVERAL:
        return 0, 1
    import torch.distributed as dist

    return (dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else (0, 1)


def _wait_for_all() -> None:
    import torch.distributed as dist

    dist.barrier()
