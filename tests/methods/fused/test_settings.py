"""What both share is set once, and each gets its own."""

from unusual.methods.fused.settings import FusedConfig, small
from unusual.run.config import make_config


def test_objects_tracks_flow_and_training_are_one_for_both():
    settings = make_config("fused", changes=["objects.score=0.3", "flow.preset=fast", "training.seed=7"]).settings
    assert settings.habits.objects is settings.state.objects is settings.objects
    assert settings.habits.flow is settings.state.flow is settings.flow
    assert settings.habits.training is settings.state.training is settings.training


def test_cubes_are_cut_in_every_fourth_judged_frame_unless_it_is_said_otherwise():
    done = small().completed(120, 160, rate=25.0)
    assert (done.moments.step, done.cubes.step, done.cubes.train_step) == (3, 12, 12)
    assert small().paced(25.0) == ["moments.step=3", "moments.second=25", "moments.memory_s=1.0"]
    own = make_config("fused", changes=["cubes.step=2"]).settings.completed(120, 160, rate=25.0)
    assert (own.cubes.step, own.cubes.train_step) == (2, 2)


def test_what_is_complete_stays_as_it_is():
    done = small().completed(120, 160, rate=25.0)
    assert isinstance(done, FusedConfig)
    assert done.completed(0, 0) == done
    assert done.state.score.memory == 0  # habits remember for both


def test_what_is_lacking_is_what_habits_lack():
    assert "unusual fetch" in small().lacking()
    assert small().lacking() == small().habits.lacking()
