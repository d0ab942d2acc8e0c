"""`unusual train`: ordinary footage -> a checkpoint."""

from pathlib import Path
from typing import Annotated

import typer

from unusual.app.commands.options import Cache, CacheGb, Changes, Method
from unusual.app.terminal import then


def train(
    data: Annotated[list[str], typer.Argument(help="A data set (its training part is used), or ordinary videos.")],
    out: Annotated[Path, typer.Option(help="Folder of the checkpoint.")],
    method: Method = None,
    preset: Annotated[
        str | None, typer.Option(help="small (for a CPU, the default), paper (for a GPU); docs/method.md has all.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file of settings.")] = None,
    changes: Changes = None,
    minutes: Annotated[
        float | None, typer.Option(help="Of training in all, rather than by epochs; more with --resume goes on.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights and batches.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --out.")] = False,
    cache: Cache = None,
    cache_gb: CacheGb = 20.0,
) -> None:
    """Learn what is usual from ordinary footage."""
    from unusual.app.training import run_training
    from unusual.run.config import make_config

    words = list(changes or [])
    words += [] if minutes is None else [f"training.minutes={minutes}"]
    words += [] if seed is None else [f"training.seed={seed}"]
    settings = make_config(method, preset, config, words)
    print(run_training(data, settings, out, cache, cache_gb, resume=resume))
    then(f"unusual score VIDEO --checkpoint {out}")
