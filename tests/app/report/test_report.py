"""The report as a reader's browser gets it: self-contained, well formed, kind, and safe with hostile names."""

import re
from base64 import b64decode
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from unusual.app.report.report import MOST_PICTURED, PICTURE_WIDTH, MetricRow, headline, write_report
from unusual.domain import (
    Box,
    Event,
    EventPictures,
    Provenance,
    ReadReport,
    ScoreCurve,
    Truth,
    VideoInfo,
    VideoResult,
    Wholeness,
)
from unusual.errors import DataError
from unusual.video.floors import FLOORS

VOID = {"meta", "img", "br", "hr", "link", "input"}
EVIL = "<script>alert('x')</script>\"><img src=x onerror=y>"
PROVENANCE = Provenance(
    "ustn_dsc",
    "small",
    "walkway clips",
    16,
    2550,
    7,
    5200,
    88.4,
    "2025-05-04 10:12",
    "two cores",
    "1a2b3c4",
    (("numpy", "2.0.1"),),
    (("window", "4"),),
)


class Page(HTMLParser):
    """Checks that tags are balanced and keeps what the tests ask for."""

    def __init__(self, html):
        super().__init__()
        self.html, self.open, self.tags, self.words = html, [], [], []
        self.feed(html)
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        if self.open[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def curve(protocol, scores):
    return ScoreCurve("v", protocol, np.arange(len(scores)) / 10, np.array(scores, float))


def video(name="gate.mp4", events=1, problems=(), truth=None, size=(48, 64), wholeness=None, scored=True):
    count = max(60, 10 * events)
    scores = np.full(count, 0.4 if scored else np.nan)
    found = []
    for k in range(events):
        scores[10 * k + 3 : 10 * k + 6] = 2.0 + k / 100
        start = k + 0.3
        found.append(Event(start, start + 0.2, start + 0.1, 2.0 + k / 100, Box(0.2, 0.2, 0.5, 0.6)))
    picture = np.full((*size, 3), 120, np.uint8)
    wholeness = wholeness or (Wholeness.PARTIAL if problems else Wholeness.COMPLETE)
    return VideoResult(
        VideoInfo(name, size[1], size[0], Fraction(10), count),
        ReadReport(wholeness, count, count + 4, problems),
        curve("live", scores),
        curve("paper", (scores - 0.4) / 2),
        tuple(curve(name, scores) for name in FLOORS),
        1.5,
        1.0,
        tuple(found),
        tuple(EventPictures(event, event.peak_s, picture, picture, picture) for event in found),
        truth,
    )


def page(tmp_path, *results, title="Test", metrics=(), provenance=PROVENANCE):
    write_report(tmp_path / "report.html", results, provenance, title=title, metrics=metrics)
    return Page((tmp_path / "report.html").read_text(encoding="utf-8"))


def test_nothing_points_outside_the_file(tmp_path):
    made = page(tmp_path, video(), video(events=0), metrics=[MetricRow("AUC", "live", 0.9)])
    assert not re.search(r"https?:|@import|url\(|<script|<link|<iframe|javascript:", made.html)
    addresses = [a.get(key, "") or "" for _, a in made.tags for key in ("src", "href", "srcset", "action")]
    assert all(address == "" or address.startswith(("data:image/jpeg;base64,", "#")) for address in addresses)
    policy = next(a["content"] for a in made.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_an_ordinary_object_is_shown_beside_the_unusual_one(tmp_path):
    result = video(events=1)
    usual = np.full((64, 132, 3), 90, np.uint8)
    beside = replace(result, pictures=tuple(replace(each, usual=usual) for each in result.pictures))
    assert "one that is ordinary there" not in page(tmp_path, result).html
    assert "one that is ordinary there" in page(tmp_path, beside).html


def test_each_link_inside_the_page_has_its_target(tmp_path):
    made = page(tmp_path, video(events=MOST_PICTURED + 3), video("b"))
    names = [a["id"] for _, a in made.tags if "id" in a]
    assert len(names) == len(set(names))
    for key in ("href", "aria-labelledby"):
        assert {a[key].removeprefix("#") for _, a in made.tags if key in a} <= set(names)


def test_hostile_words_stay_words(tmp_path):
    sick = video(EVIL, problems=(EVIL,), truth=Truth(np.ones(60, bool), (EVIL,)))
    made = page(
        tmp_path,
        sick,
        video("b"),
        title=EVIL,
        metrics=[MetricRow(EVIL, EVIL, 1.0, EVIL)],
        provenance=replace(PROVENANCE, data=EVIL, machine=EVIL, settings=((EVIL, EVIL),)),
    )
    assert not made.all("script")
    assert all(a["src"].startswith("data:") for a in made.all("img"))
    assert not any(key.startswith("on") for _, a in made.tags for key in a)
    assert made.text.count(EVIL) >= 8


def test_a_name_that_is_no_text_can_be_shown(tmp_path):
    assert "gate?.mp4" in page(tmp_path, video("gate\udcff.mp4")).text


def test_a_partial_video_is_said_so_at_the_top_and_at_its_place(tmp_path):
    made = page(tmp_path, video(problems=("the file ends early",)))
    assert "gate.mp4 was read only in part: 60 of 64 frames" in made.text
    assert "This video was not read whole" in made.text and "the file ends early" in made.text
    assert len([a for a in made.all("div") if a.get("class") == "warning"]) == 2


def test_a_whole_video_has_no_warning(tmp_path):
    assert not [a for a in page(tmp_path, video()).all("div") if a.get("class") == "warning"]


def test_each_event_has_three_pictures_with_words(tmp_path):
    made = page(tmp_path, video(events=2))
    images = made.all("img")
    assert len(images) == 6
    assert len({image["alt"] for image in images}) == 6
    assert images[0]["alt"] == "Event 1: the frame at 0:00.4, with a box around the unusual region"
    assert "0:00.3 to 0:00.5" in made.text and "1.3 times the alarm level" in made.text


def test_the_region_is_boxed_and_the_picture_shrunk(tmp_path):
    source = page(tmp_path, video(size=(900, 1200))).all("img")[0]["src"]
    data = np.frombuffer(b64decode(source.partition(",")[2]), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR).astype(int)
    assert picture.shape == (420, PICTURE_WIDTH, 3)
    assert picture[150, 112, 0] - picture[150, 112, 2] > 100  # cyan (BGR) on the left side, at 0.2 of the width
    assert np.abs(picture[150, 180] - 120).max() < 10


def test_many_events_are_pictured_in_part_and_listed_in_full(tmp_path):
    made = page(tmp_path, video(events=MOST_PICTURED + 5))
    assert len(made.all("img")) == 3 * MOST_PICTURED
    assert "5 more events without pictures" in made.text
    assert len(made.all("li")) >= 5
    assert f"Event {MOST_PICTURED + 5}:" in made.all("img")[-1]["alt"]  # the highest peaks come last here


def test_a_report_of_many_videos_stays_small(tmp_path):
    noise = np.random.default_rng(0).integers(100, 130, (360, 640, 3), np.uint8)  # a poor camera's night

    def noisy(one):
        return replace(one, pictures=tuple(replace(p, real=noise, restored=noise) for p in one.pictures))

    made = page(tmp_path, *[noisy(video(f"{k}", events=12)) for k in range(10)])
    assert len(made.all("img")) == 3 * 60
    assert len(made.html) < 8e6


def test_no_events_is_said_kindly(tmp_path):
    made = page(tmp_path, video(events=0))
    assert "Nothing unusual found in gate.mp4" in made.text
    assert "The highest score was 0.40" in made.text and "the alarm level is 1.50" in made.text
    assert not made.all("img")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        pytest.param([video()], "1 unusual event in gate.mp4", id="one"),
        pytest.param([video(events=2), video(), video(events=0)], "3 unusual events in 2 of 3 videos", id="several"),
        pytest.param([video(events=0), video(events=0)], "Nothing unusual found in 2 videos", id="none"),
        pytest.param([video(events=0, scored=False)], "Nothing could be scored in gate.mp4", id="too short"),
        pytest.param([], "No video was scored", id="no video"),
    ],
)
def test_headline(tmp_path, results, said):
    assert headline(results) == said
    assert said in page(tmp_path, *results).text


def test_a_video_that_gave_no_frame(tmp_path):
    none = replace(
        video(events=0, problems=("no frame",), wholeness=Wholeness.UNREADABLE),
        live=curve("live", []),
        paper=curve("paper", []),
    )
    made = page(tmp_path, none, video())
    assert "gate.mp4 could not be read" in made.text and "No part of it could be scored" in made.text


def test_truth_is_a_band_and_each_event_is_held_against_it(tmp_path):
    abnormal = np.zeros(60, bool)
    abnormal[2:7] = True
    abnormal[40:50] = True
    made = page(tmp_path, video(events=2, truth=Truth(abnormal, ("cyclist",))))
    bands = [a for a in made.all("rect") if a.get("class") == "truth"]
    assert len(bands) == 4  # two stretches, on the live curve and on the paper's
    assert float(bands[1]["x"]) == pytest.approx(4.0 / 5.9 * 1000, abs=0.2)
    assert "People labelled 15 of its 60 frames as unusual (cyclist)" in made.text
    assert made.text.count("The labels agree") == made.text.count("The labels disagree") == 1


def test_without_truth_labels_are_not_spoken_of(tmp_path):
    assert "abel" not in page(tmp_path, video()).text


def test_the_curve_has_a_gap_where_nothing_was_scored(tmp_path):
    one = video(events=0)
    scores = one.live.scores.copy()
    scores[20:30] = np.nan
    path = page(tmp_path, replace(one, live=curve("live", scores))).all("path")[0]["d"]
    assert path.count("M") == 2 and path.startswith("M0,") and "nan" not in path


def test_the_curve_is_words_too(tmp_path):
    made = page(tmp_path, video(events=2))
    drawing = made.all("svg")[0]
    assert drawing["aria-label"] == "Score of gate.mp4 over 0:05. 2 unusual events found."
    assert "Event 2: 0:01 to 0:01, peak 2.01" in made.text
    assert "0:05" in made.text and "alarm 1.50" in made.text


def test_headings_step_down_one_at_a_time(tmp_path):
    made = page(tmp_path, video(events=2), video("b"), metrics=[MetricRow("AUC", "live", 0.9)])
    levels = [int(tag[1]) for tag, _ in made.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert max(np.diff(levels)) == 1


def test_metrics_and_origin_are_told(tmp_path):
    made = page(tmp_path, video(), metrics=[MetricRow("Frame AUC, micro", "live", 0.95412, "all frames pooled")])
    for words in ("0.954", "all frames pooled", "walkway clips: 16 videos, 2,550 frames", "1a2b3c4", "numpy 2.0.1"):
        assert words in made.text
    assert "Measured against" not in page(tmp_path, video()).text


def test_a_failed_report_leaves_the_old_one(tmp_path):
    page(tmp_path, video())
    before = (tmp_path / "report.html").read_bytes()
    event = Event(0.3, 0.5, 0.4, 2.0)
    empty = EventPictures(event, 0.4, *[np.zeros((0, 0, 3), np.uint8)] * 3)
    with pytest.raises(DataError, match="empty picture"):
        page(tmp_path, replace(video(), events=(event,), pictures=(empty,)))
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_bytes() == before


def test_numbers_of_two_digits_have_more_room_in_the_curve(tmp_path):
    shown = {}
    for events in (9, 18):
        html = page(tmp_path, video(events=events)).html
        shown[events] = re.findall(r'class="number" aria-hidden="true" style="left: [0-9.]+%">(\d+)<', html)
    assert shown[9] == [str(n) for n in range(1, 10)]
    assert shown[18][:9] == [str(n) for n in range(1, 10)], "5.6 % apart"
    assert 0 < len(shown[18][9:]) < 9, "every second one"


def test_scores_on_a_scale_of_too_little_footage_are_said_to_be_not_calibrated(tmp_path):
    said = "not calibrated: the scale of the scores rests on 10 s of held-out footage, 1 min 20 s are needed"
    little = page(tmp_path, video(), provenance=replace(PROVENANCE, scale_s=10.0)).html
    assert said in little and "fitted on 10 s of held-out footage" in little
    enough = page(tmp_path, video(), provenance=replace(PROVENANCE, scale_s=80.0)).html
    assert "not calibrated" not in enough and "fitted on 1 min 20 s of held-out footage" in enough
