"""Short films in every container, of noise, with sound or a second picture track."""

from fractions import Fraction

import av
import numpy as np

from unusual.video.reader import open_video

FRAMES = 30


CODECS = {".wmv": "wmv2", ".flv": "libx264", ".avi": "mpeg4", ".mkv": "libx264", ".webm": "libvpx"}


def film(path, *, pts=range(FRAMES), sound_s=0, small=False, options=None, bf="0"):
    with av.open(str(path), "w", options=options or {}) as container:
        tracks = [(16, 16)] * small + [(64, 48)]
        streams = []
        for width, height in tracks:
            stream = container.add_stream(CODECS.get(path.suffix, "libx264"), rate=25, options={"g": "6", "bf": bf})
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
            streams.append(stream)
        sound = container.add_stream("aac", rate=8000) if sound_s else None
        if small:
            streams[0].disposition, streams[1].disposition = av.stream.Disposition(0), av.stream.Disposition.default
        for i in pts:
            for stream in streams if i % 10 == 0 else streams[-1:]:
                grey = np.random.default_rng(i).integers(0, 256, (stream.height, stream.width, 3), dtype=np.uint8)
                frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
                frame.pts, frame.time_base = i, Fraction(1, 25)
                container.mux(stream.encode(frame))
        if sound is not None:
            for second in range(sound_s):
                frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.float32), format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = 8000, 8000 * second, Fraction(1, 8000)
                container.mux(sound.encode(frame))
            container.mux(sound.encode(None))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


def read(path):
    with open_video(path) as video:
        frames = list(video)
    return frames, video.report
