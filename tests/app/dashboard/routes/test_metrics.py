"""What Prometheus asks for."""

import re

from made_home import watch

from unusual.app.dashboard.routes.metrics import _escaped
from unusual.store.outbox import Outbox


def test_every_line_is_in_the_format_and_says_what_the_cameras_do(web, home, store, events):
    watch(home, "door")
    Outbox(store.database).put_all("e" * 22, ["webhook"], "{}", camera="door")
    answer = web.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = answer.text.splitlines()
    sample = re.compile(r'unusual_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[0-9.e+-]+')
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in lines)
    for wanted in (
        'unusual_frames_arrived_total{camera="door"} 1200',
        'unusual_frames_dropped_total{camera="door"} 7',
        'unusual_frames_gap_total{camera="door"} 3',
        'unusual_camera_state{camera="door",state="online"} 1',
        'unusual_camera_state{camera="yard",state="unwatched"} 1',
        'unusual_picture_health{camera="door",health="ok"} 1',
        'unusual_score{camera="door"} 0.42',
        'unusual_alerts_waiting{channel="webhook"} 1',
    ):
        assert wanted in lines
    assert any(line.startswith('unusual_recent_score{camera="door",quantile="0.99"} 0.') for line in lines)


def test_a_label_holds_anything():
    assert _escaped('a"b\\c\nd') == 'a\\"b\\\\c\\nd'
