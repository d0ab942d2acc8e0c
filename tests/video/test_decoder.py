"""The process that decodes: what it is told, and what it is not."""

import time
from pathlib import Path

from unusual.video.decoder import Decoder


def test_a_decoder_gets_no_secret_that_is_not_its_own(monkeypatch):
    monkeypatch.setenv("GATE_URL", "rtsp://canaryuser:canarypass@10.0.0.7/")
    monkeypatch.setenv("HOOK_SECRET", "canarykey")
    decoder = Decoder()
    try:
        while not (held := Path(f"/proc/{decoder._process.pid}/environ").read_bytes()):
            time.sleep(0.01)  # it is being begun
        assert b"canary" not in held
        assert b"PATH=" in held
    finally:
        decoder.stop()
