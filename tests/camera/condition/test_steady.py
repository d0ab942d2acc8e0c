"""What comes and goes is told as that: troubles begin at once, and end the later, the more often they did lately."""

from unusual.camera.condition.steady import CALM_S, HOLDS_S, Steady


def told(steps):
    """The states that are told of those at each second, each change once."""
    steady, found = Steady(), []
    for now_s, state in steps:
        state, _ = steady.take(state, "", now_s)
        if found[-1:] != [state]:
            found.append(state)
    return found


def half_an_hour(period_s):
    """Bad for half of each period."""
    return [(n, "online" if n % period_s < period_s / 2 else "overloaded") for n in range(1800)]


def test_a_trouble_and_its_end_are_told_at_once():
    assert told([(0, "connecting"), (1, "online"), (2, "offline"), (3, "online")]) == [
        *("connecting", "online", "offline", "online"),
    ]


def test_half_an_hour_of_coming_and_going_is_a_few_lines():
    for period_s in (2, 10, 60, 120):
        assert len(told(half_an_hour(period_s))) < 10


def test_after_a_calm_time_an_end_is_told_at_once_again():
    flapping = [(n, "offline" if n % 2 else "online") for n in range(8)]
    calm = [(n, "online") for n in range(8, int(8 + HOLDS_S[-1] + CALM_S + 1))]
    last = calm[-1][0]
    assert told([*flapping, *calm, (last + 1, "offline"), (last + 2, "online")])[-3:] == ["online", "offline", "online"]


def test_the_words_say_that_it_comes_and_goes():
    steady = Steady()
    for now_s, state in enumerate(("offline", "online", "offline")):
        steady.take(state, "no answer", now_s)
    assert steady.take("online", "", 3) == ("offline", "no answer; it comes and goes")
    assert steady.take("offline", "refused", 4) == ("offline", "refused")


def test_one_trouble_takes_the_place_of_another_when_it_has_lasted():
    flapping = [(n, ("offline", "stalled")[n % 2]) for n in range(600)]
    assert len(told(flapping)) < 6
    assert told([*flapping, *((n, "stalled") for n in range(600, 700))])[-1] == "stalled"


def test_the_end_of_a_watching_is_held_back_by_nothing():
    assert told([(0, "offline"), (1, "online"), (2, "offline"), (3, "ended")])[-1] == "ended"


def test_a_clock_that_was_set_back_holds_nothing_for_ever():
    steady = Steady()
    for now_s, state in ((1e6, "dark"), (1e6 + 1, "ok"), (10.0, "dark"), (11.0, "ok"), (12.0, "ok")):
        steady.take(state, "", now_s)
    assert steady.state == "ok"
