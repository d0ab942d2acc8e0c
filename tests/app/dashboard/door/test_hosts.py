"""Addresses of this machine alone."""

import pytest

from unusual.app.dashboard.door.hosts import is_loopback


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_these_are_this_machine(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "camera", ""])
def test_these_are_not(host):
    assert not is_loopback(host)
