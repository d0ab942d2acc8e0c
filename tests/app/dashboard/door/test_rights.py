"""What each request needs."""

import pytest

from unusual.app.dashboard.door.rights import Right, needed


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        pytest.param("GET", "/events", Right.READ, id="who looks needs the least"),
        pytest.param("HEAD", "/", Right.READ, id="also without the body"),
        pytest.param("POST", f"/api/v1/events/{'a' * 22}/review", Right.REVIEW, id="a review"),
        pytest.param("POST", "/api/v1/exports", Right.READ, id="what may be looked at may be taken along"),
        pytest.param("POST", "/api/v1/cameras/door/settings", Right.ACT, id="settings"),
        pytest.param("POST", "/never/heard/of", Right.ACT, id="what is not listed needs more than to look"),
        pytest.param("POST", "/api/v1/events/a/b/review", Right.ACT, id="an address that is none"),
        pytest.param("GET", "/api/v1/tokens", Right.ADMINISTER, id="tokens"),
        pytest.param("POST", "/api/v1/users/anna/remove", Right.ADMINISTER, id="users"),
        pytest.param("POST", "/api/v1/users\n", Right.ACT, id="a line's end hides nothing"),
    ],
)
def test_what_is_needed(method, path, right):
    assert needed(method, path) is right
