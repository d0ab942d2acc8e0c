"""Who may come in, said by the administrator."""

import pytest
from visiting import HTML, OURS, PASSWORD, stranger


@pytest.fixture
def administrator(locked):
    with stranger(locked[1]) as client:
        assert client.post("/login", json={"password": PASSWORD}, headers=OURS).status_code == 200
        yield client


def test_a_token_is_made_shown_once_and_revoked(administrator, locked):
    made = administrator.post("/api/v1/tokens", json={"name": "grafana", "scope": "read"}, headers=OURS).json()
    page = administrator.get("/access", headers=HTML).text
    assert "grafana" in page and made["token"] not in page
    listed = administrator.get("/api/v1/tokens").json()
    assert made["id"] in [token["id"] for token in listed] and not any("digest" in token for token in listed)
    with stranger(locked[1]) as program:
        program.headers["authorization"] = f"Bearer {made['token']}"
        assert program.get("/metrics").status_code == 200
        administrator.post(f"/api/v1/tokens/{made['id']}/revoke", headers=OURS, json={})
        assert program.get("/metrics").status_code == 401
    assert administrator.post("/api/v1/tokens/00000000/revoke", headers=OURS, json={}).status_code == 404
    for wrong in ({"name": ""}, {"name": "<b>"}, {"name": "x", "scope": "administer"}, {"name": "x" * 41}):
        assert administrator.post("/api/v1/tokens", json=wrong, headers=OURS).status_code == 422


def test_a_user_is_let_in_marks_and_is_sent_away(administrator, locked):
    _, port, _, event = locked
    told = {"name": "bert", "password": "bert's own afternoon"}
    assert "bert" in administrator.post("/api/v1/users", json=told, headers=OURS).json()["users"]
    with stranger(port) as bert:
        assert bert.post("/login", json=told | {"password": PASSWORD}, headers=OURS).status_code == 403
        assert bert.post("/login", json={"name": "nobody", "password": PASSWORD}, headers=OURS).status_code == 403
        assert bert.post("/login", json=told, headers=OURS).status_code == 200
        assert bert.post(f"/api/v1/events/{event}/review", json={"verdict": "useful"}, headers=OURS).status_code == 200
        assert administrator.get(f"/api/v1/events/{event}").json()["reviewed_by"] == "bert"
        assert "Last said by bert on" in administrator.get(f"/events/{event}", headers=HTML).text
        assert bert.get("/access", headers=HTML).status_code == 403
        administrator.post("/api/v1/users/bert/remove", headers=OURS, json={})
        assert bert.get("/live").status_code == 401
    assert administrator.post("/api/v1/users/bert/remove", headers=OURS, json={}).status_code == 404


def test_names_and_passwords_that_are_none_are_refused(administrator):
    for told in (
        {"name": "admin", "password": PASSWORD},
        {"name": "C", "password": PASSWORD},
        {"name": "carl", "password": "x"},
    ):
        assert administrator.post("/api/v1/users", json=told, headers=OURS).status_code == 422


def test_without_a_password_nobody_else_is_let_in(web):
    told = {"name": "dora", "password": PASSWORD}
    assert web.post("/api/v1/users", json=told, headers=OURS).status_code == 409
    assert "--set-password" in web.get("/access").text
