"""The convolutional autoencoder judges all of its ten frames, in grey, by the network that it is given."""

import numpy as np
from tiny import footage

from unusual.methods import make_scorer
from unusual.run.config import make_config


class Brightness:
    """A network that finds a frame as wrong as it is bright."""

    def run(self, wanted, clips):
        assert clips.dtype == np.uint8
        self.shape = clips.shape
        told = {
            "error": clips.mean((2, 3, 4)).astype(np.float32),
            "region": clips[:, :, ::16, ::16, 0].astype(np.float32),
            "rebuilt": clips,
        }
        return [told[name] for name in wanted]


def test_every_frame_of_a_clip_is_judged_by_itself():
    net = Brightness()
    settings = make_config("conv-ae", changes=["clips.height=48", "clips.width=64", "clips.step=10"]).settings
    scorer = make_scorer("conv-ae", settings, {}, lambda: net)
    film = footage(1, 20)[0].pictures
    film[13] = 250
    units = list(scorer.judge("v", enumerate(film)))
    assert net.shape[1:] == (10, 48, 64, 1)
    assert [unit.error for unit in units] == [float(np.float32(frame.mean())) for frame in film]
    assert max(units, key=lambda unit: unit.error).indices.tolist() == [13]


def test_its_published_curve_is_stretched_over_each_video():
    settings = make_config("conv-ae", changes=["clips.height=48", "clips.width=64"]).settings
    assert make_scorer("conv-ae", settings, {}, Brightness).stretched
