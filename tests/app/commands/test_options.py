"""What several commands take: durations."""

import pytest

from unusual.app.commands.options import seconds_of
from unusual.errors import ConfigError


@pytest.mark.parametrize(("words", "seconds"), [("90s", 90), ("1.5h", 5400), (" 2d ", 172800), ("", 0)])
def test_a_duration_in_seconds(words, seconds):
    assert seconds_of(words) == seconds


@pytest.mark.parametrize("words", ["2", "h", "-1h", "1e3s", "1h30m", "nan", "inf", "2 h"])
def test_what_is_no_duration(words):
    with pytest.raises(ConfigError, match="a duration is"):
        seconds_of(words)
