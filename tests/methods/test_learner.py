"""When a method has learnt anything."""

from unusual.methods.learner import Check, in_words


def test_only_what_beats_every_floor_has_learnt():
    assert Check("PSNR", 30.1, (("copied", 28.0), ("blended", 30.0))).learnt
    assert not Check("PSNR", 30.0, (("copied", 28.0), ("blended", 30.0))).learnt


def test_checks_are_one_line():
    assert in_words([Check("a", 1.0, (("b", 0.5),)), Check("c", 2.0, ())]) == "a: 1.00 (b 0.50); c: 2.00"
