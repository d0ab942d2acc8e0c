"""Future-frame prediction judges the last of its frames; those before the first prediction take its error."""

import numpy as np
import pytest
from tiny import footage

from unusual.methods import make_scorer
from unusual.run.config import make_config


class Numbers:
    """A network that finds each clip as wrong as its last frame is bright, and predicts a grey picture."""

    def run(self, wanted, clips):
        self.shape = clips.shape
        last = clips[:, -1:]
        told = {
            "error": last.mean((2, 3, 4)).astype(np.float32),
            "region": last[:, :, ::16, ::16, 0].astype(np.float32),
            "rebuilt": np.full((*last.shape[:2], last.shape[-1], *last.shape[2:4]), 0.5, np.float32),
        }
        return [told[name] for name in wanted]


@pytest.mark.parametrize(("colours", "channels"), [(1, 1), (3, 3)])
def test_one_frame_is_predicted_from_four_and_judged(colours, channels):
    net = Numbers()
    changes = ["clips.height=48", "clips.width=64", f"network.colours={colours}", "clips.step=1"]
    scorer = make_scorer("future-frame", make_config("future-frame", changes=changes).settings, {}, lambda: net)
    grey = footage(1, 12)[0].pictures
    film = grey if colours == 1 else np.repeat(grey, 3, -1)
    units = list(scorer.judge("v", enumerate(film)))
    assert net.shape[1:] == (5, 48, 64, channels)
    bright = [float(np.float32(frame.mean())) for frame in film]
    assert [unit.error for unit in units] == [bright[4]] * 4 + bright[4:]


def test_what_is_shown_of_a_frame_is_its_prediction():
    changes = ["clips.height=48", "clips.width=64", "clips.step=1"]
    scorer = make_scorer("future-frame", make_config("future-frame", changes=changes).settings, {}, Numbers)
    film = footage(1, 12)[0].pictures
    if scorer.picture(np.zeros((48, 64, 3), np.uint8)).shape[-1] == 3:
        film = np.repeat(film, 3, -1)
    unit = list(scorer.judge("v", enumerate(film)))[7]
    first, last = scorer.shown(unit, len(film))
    told = scorer.explain(unit, film[first : last + 1], first)
    assert first + told.offset == unit.indices[0] == 7
    assert (told.restored == 128).all()
