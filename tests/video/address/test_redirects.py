"""Hearing of RTSP's redirects: in its own thread alone, and nothing of it is left afterwards."""

import logging
import resource
import threading

import av

from unusual.video.address.redirects import Redirects

GATE = "rtsp://gate/live"


def says(place):
    logging.getLogger("libav.rtsp").info("Status 302: Redirecting to %s\n", place)


def descriptors():
    return resource.getrlimit(resource.RLIMIT_NOFILE)


def test_whoever_would_be_led_elsewhere_has_no_descriptor_left_until_it_is_over():
    before = descriptors()
    redirects = Redirects(GATE)
    with redirects:
        says("rtsp://gate/other")
        assert descriptors() == before
        says("rtsp://10.0.0.1:22/")
        assert descriptors() == (0, before[1])
    assert descriptors() == before
    assert redirects.refused == "it redirects to another host, 10.0.0.1:22"


def test_errors_are_gathered_and_other_threads_are_not_heard():
    before, redirects = descriptors(), Redirects(GATE)
    with redirects as logs:
        logging.getLogger("libav.rtsp").error("method DESCRIBE failed")
        other = threading.Thread(target=says, args=["rtsp://10.0.0.1/"])
        other.start()
        other.join()
        assert descriptors() == before
    assert [words for _, _, words in logs] == ["method DESCRIBE failed"]
    assert redirects.refused == ""


def test_it_listens_until_the_last_has_ended():
    logger = logging.getLogger("libav")
    handlers, level, told = list(logger.handlers), logger.level, av.logging.get_level()
    with Redirects(GATE):
        with Redirects(GATE):
            pass
        assert av.logging.get_level() == av.logging.INFO and logger.level == logging.INFO
    assert (logger.handlers, logger.level, av.logging.get_level()) == (handlers, level, told)
