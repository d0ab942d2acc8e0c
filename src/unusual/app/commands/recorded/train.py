"""`unusual train`: ordinary footage -> a checkpoint. `unusual export`: an older checkpoint's network -> model.onnx."""

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
    planted: Annotated[
        Path | None,
        typer.Option(help="Folder for anomalies planted in held-out clips: each epoch says how well they are told."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --out.")] = False,
    cache: Cache = None,
    cache_gb: CacheGb = 20.0,
) -> None:
    """Learn what is usual from ordinary footage."""
    from unusual.app.training import run_training
    from unusual.run.checkpoint import MODEL
    from unusual.run.config import make_config

    words = list(changes or [])
    words += [] if minutes is None else [f"training.minutes={minutes}"]
    words += [] if seed is None else [f"training.seed={seed}"]
    settings = make_config(method, preset, config, words)
    print(run_training(data, settings, out, cache, cache_gb, planted=planted, resume=resume))
    of_one = (out / MODEL).exists()
    then(f"unusual score VIDEO --checkpoint {out}" if of_one else f"unusual evaluate {data[0]} --checkpoint {out}")


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Folder that `unusual train` wrote, or of a camera.")],
    videos: Annotated[
        list[Path] | None,
        typer.Argument(help="Ordinary footage to compare on; without it, noise."),
    ] = None,
) -> None:
    """Write the network of an older checkpoint as model.onnx: `train` and `learn` have done it for new ones."""
    from unusual.camera.update import export_camera
    from unusual.run.export import export_again
    from unusual.store.home import CARD, Home

    if (checkpoint / CARD).is_file() and not videos:
        camera = checkpoint.absolute()
        exported = export_camera(camera.name, Home(camera.parent.parent))
    else:
        exported = export_again(checkpoint, [(video, 0, None) for video in videos or ()])
    print(f"{checkpoint / 'model.onnx'} {exported}")
    then(f"unusual score VIDEO --checkpoint {checkpoint}")
