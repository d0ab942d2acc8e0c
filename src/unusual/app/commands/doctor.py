"""`unusual doctor`: what this machine has, what is missing and what to do about it."""

import importlib
import os
import platform
import shutil
import sys
from pathlib import Path

import typer

from unusual.app.terminal import table

LIBRARIES = {  # what it is called in Python: the extra that brings it
    "numpy": "",
    "cv2": "",
    "av": "",
    "onnxruntime": "",
    "torch": "train",
    "onnxscript": "train",
    "openvino": "openvino",
    "safetensors": "",
    "scipy": "matlab",
    "h5py": "matlab",
    "matplotlib": "report",
    "fastapi": "serve",
    "uvicorn": "serve",
    "paho.mqtt": "mqtt",
    "apprise": "notify",
    "pyarrow": "archive",
}


def doctor() -> None:
    """Say what this machine has and what is missing."""
    if not print_examination():
        raise typer.Exit(1)


def print_examination() -> bool:
    """Print a table; True when all but the training of networks can run."""
    from unusual.methods.objects.weights import KNOWN

    rows = [["Python", platform.python_version(), ""], ["processors", str(os.cpu_count()), ""]]
    missing = []
    for name, extra in LIBRARIES.items():
        try:
            rows.append([name, str(getattr(importlib.import_module(name), "__version__", "present")), ""])
        except ImportError:
            missing.append(extra)
            rows.append([name, "missing", f"pip install 'unusual[{extra}]'" if extra else "pip install unusual"])
    if "train" not in missing:
        rows += _processor_rows()
    rows += [_detector_row(name) for name in sorted(KNOWN)]
    rows.append(["free disk, GB", f"{shutil.disk_usage(Path.cwd()).free / 1e9:.0f}", ""])
    table(f"unusual on {sys.platform}", ["what", "found", "what to do"], rows)
    return "" not in missing


def _detector_row(name: str) -> list[str]:
    from unusual.methods.objects.weights import KNOWN, models_folder

    file = models_folder() / KNOWN[name].file
    found, to_do = (
        (str(file), "") if file.exists() else ("none; objects are found without it too", f"unusual fetch {name}")
    )
    return [f"detector {name}", found, to_do]


def _processor_rows() -> list[list[str]]:
    import torch

    from unusual.methods.torch_net import computes_in_bf16, device_of

    device = device_of("")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    fast = computes_in_bf16(device)
    return [
        ["trains on", name, ""],
        ["bf16", "yes" if fast else "no", "" if fast else "training takes about twice as long"],
    ]
