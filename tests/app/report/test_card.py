"""A camera's card: one whole page, no word of which is taken for markup, nothing fetched from elsewhere."""

import re
import shutil
from dataclasses import replace
from datetime import UTC
from html.parser import HTMLParser

import numpy as np
import pytest
from made_camera import NAME, learnt
from made_home import SCALE

from unusual.app.report.card import expected, renew_card_pages, write_card_page
from unusual.errors import OutputError
from unusual.methods import METHODS, method_of
from unusual.scores.by_hour import HourlyLevels
from unusual.scores.wording import duration
from unusual.store.cameras import CameraCard, learnt_alone, read_card, write_card
from unusual.store.home import Home
from unusual.video.pictures import jpeg

WICKED = '<script>alert("x")</script>&amp;'


class Page(HTMLParser):
    """What a browser would see: open tags are closed in order, and the words."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.words, self.links = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "img", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture
def card():
    return CameraCard(
        "door", "2026-11-14", WICKED, "small", 96, 64, 5.0, 1.0, 0.5, 0.5, SCALE, 1.0, 0.0, "ab" * 32,
        findings=(WICKED, "it is dark"), footage={f"/{WICKED}.mp4": ((0, 9),)},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "thumbs").mkdir()
    for name in ("reference.png", "thumbs/odd-1.jpg"):
        (tmp_path / name).write_bytes(jpeg(np.full((48, 64, 3), 90, np.uint8)))
    return tmp_path


def test_a_card_is_whole_and_escaped(folder, card):
    write_card_page(folder, replace(card, odd=(f"{WICKED}.mp4, frame 4", "without a picture, frame 4")))
    page = Page((folder / "card.html").read_text())
    assert page.open == []
    assert "script" not in page.tags
    assert "".join(page.words).count(WICKED) >= 3
    assert page.tags.count("img") == 2
    assert all(link.startswith("data:image/") for link in page.links)


def test_thresholds_are_those_of_the_scale(folder, card):
    write_card_page(folder, card)
    words = " ".join("".join(Page((folder / "card.html").read_text()).words).split())
    for per_day in (0.1, 1.0, 5.0, 24.0):
        found = SCALE.threshold(per_day)
        assert f"{per_day:g} {found.score:.2f} {found.low:.2f} to {found.high:.2f}".replace(" ", "") in words.replace(
            " ", ""
        )
    assert SCALE.threshold(SCALE.fewest_a_day).words in words


def test_the_card_says_the_threshold_that_is_in_force_and_what_it_finds(folder, card):
    card = replace(card, method="habits", alarms_per_day=7.5)
    write_card_page(folder, card)
    words = " ".join("".join(Page((folder / "card.html").read_text()).words).split())
    first, *rest = expected(card)
    assert first == SCALE.threshold(7.5).words in words
    assert words.count("in force") == 1
    assert re.search(r"7\.5[\d.]+ to [\d.]+supported by the footage; in force where no other number was set", words)
    assert f"the highest score of that ordinary footage was {SCALE.tail[-1]:.2f}" in rest[0]
    assert rest[1].startswith("it can be expected to find who is where nobody was") and "; not what" in rest[1]


@pytest.mark.parametrize("name", METHODS)
def test_every_method_says_what_it_finds_and_what_it_does_not(name):
    assert len(method_of(name).finds) > 20 < len(method_of(name).misses)


def test_thresholds_of_hours_are_said_and_shown_where_they_are_known(folder, card):
    write_card_page(folder, card)
    assert "By the hour of the day" not in (folder / "card.html").read_text()
    busy = (0.1,) * 6 + (None,) + (2.0,) * 17
    card = replace(card, alarm_scale=replace(SCALE, busy=busy), alarms_per_day=2.0)
    write_card_page(folder, card)
    text = (folder / "card.html").read_text()
    levels = HourlyLevels.of(card.alarm_scale, 2.0, UTC)
    assert levels.words[1:] in text and expected(card)[1] == levels.words
    hours = re.findall(
        r'<li( class="unknown")? style="--share: [01][.]\d+"><span class="quiet">(\d+:00)</span> ([\d.]+)', text
    )
    assert [hour for _, hour, _ in hours] == [f"{hour}:00" for hour in range(24)]
    assert [score for _, _, score in hours] == [f"{score:.2f}" for score in levels.scores]
    assert [number for number, (unknown, _, _) in enumerate(hours) if unknown] == [6]


def test_the_page_is_true_after_its_thresholds_were_sharpened(tmp_path):
    home = Home(shutil.copytree(learnt()[0].folder, tmp_path / "home"))
    page, card = home.camera(NAME) / "card.html", read_card(home, NAME)
    before = page.read_text()
    renew_card_pages(home, NAME)
    assert page.read_text() == before
    scale = replace(card.alarm_scale, hours=30.0, location=2 * card.alarm_scale.location)
    write_card(page.parent, replace(card, alarm_scale=scale, sharpened_utc=1_800_000_000.0))
    with learnt_alone(page.parent, NAME):  # who learns it anew writes a page of his own
        renew_card_pages(home, NAME)
    assert page.read_text() == before
    renew_card_pages(home, NAME)
    words = " ".join("".join(Page(page.read_text()).words).split())
    assert (
        expected(read_card(home, NAME))[0] in words != expected(card)[0]
        and f"are of {duration(30 * 3600)} that were watched" in words
    )
    assert Page(page.read_text()).tags.count("img") == Page(before).tags.count("img")


def test_a_card_that_kept_no_words_of_its_odd_stretches_keeps_their_pictures(tmp_path):
    home = Home(shutil.copytree(learnt()[0].folder, tmp_path / "home"))
    page, card = home.camera(NAME) / "card.html", read_card(home, NAME)
    before = Page(page.read_text()).tags.count("img")
    assert card.odd and before > 1
    write_card_page(page.parent, replace(card, odd=()))
    assert Page(page.read_text()).tags.count("img") == before


def test_a_page_that_cannot_be_written_is_told_in_a_line(tmp_path):
    home = Home(shutil.copytree(learnt()[0].folder, tmp_path / "home"))
    folder = home.camera(NAME)
    (folder / "card.html").unlink()
    (folder / "reference.png").unlink()
    with pytest.raises(OutputError, match=r"cannot read .*reference\.png"):
        renew_card_pages(home, NAME)


def test_little_footage_is_called_a_guess(folder, card):
    write_card_page(folder, replace(card, alarm_scale=replace(SCALE, hours=0.05)))
    assert "a guess" in (folder / "card.html").read_text()


def test_the_card_of_a_learnt_camera_shows_all_of_it():
    home, _ = learnt()
    folder = home.camera(NAME)
    page = Page((folder / "card.html").read_text())
    assert page.open == []
    assert page.tags.count("img") == 1 + len(list(folder.glob("thumbs/*.jpg")))
    words = "".join(page.words)
    assert "ordinary.mp4" in words
    assert f"model.onnx {read_card(home, NAME).exported.sha256[:16]} agrees with PyTorch to " in words
    assert not re.search(r"nan|None|\{\{", words)
