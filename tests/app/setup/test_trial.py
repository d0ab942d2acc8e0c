"""A test alert arrives by every way, or it is said why not."""

import json

from alert_receiver import receiving

from unusual.app.alerts.alerts import alert_settings
from unusual.app.setup.trial import Tried, send_test_alert


def test_it_arrives_and_says_that_it_is_one():
    with receiving() as receiver:
        table = {"webhook": {"url": receiver.url}, "link": "http://192.168.1.5:8765"}
        assert send_test_alert(alert_settings(table), "gate") == [Tried("webhook", "")]
    ((_, _, body),) = receiver.got
    told = json.loads(body)
    assert told["test"] is True and told["camera"] == "gate" and "a test" in told["words"]
    assert told["link"] == "http://192.168.1.5:8765/" and len(told["id"]) == 22


def test_why_it_does_not_arrive_is_said_without_the_address():
    with receiving(500) as receiver:
        (tried,) = send_test_alert(alert_settings({"webhook": {"url": f"{receiver.url}/secret"}}), "gate")
    assert "answered 500" in tried.why and "secret" not in tried.why


def test_where_nobody_is_told_nothing_is_tried():
    assert send_test_alert(alert_settings({}), "gate") == []
