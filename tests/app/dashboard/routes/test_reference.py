"""What programs may ask, as it is described."""

from visiting import HTML, OURS, Page


def test_the_description_names_what_programs_may_ask_and_nothing_else(web, open_house):
    told = web.get("/api/openapi.json").json()
    asked = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    routes = {(method, route.path) for route in open_house[1].config.app.app.routes for method in route.methods}
    programs = {(method, path) for method, path in routes if path.startswith(("/api/v1/", "/metrics"))}
    closed = {(m, p) for m, p in programs if p.startswith(("/api/v1/tokens", "/api/v1/users"))}
    assert asked == programs - closed - {("POST", "/api/v1/alerting")}
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_what_is_wrong_in_what_a_program_sent_is_named_and_what_it_sent_is_not(web):
    for path, sent, said in (
        ("hours", {"hours": []}, "'hours': Extra inputs are not permitted"),
        ("hours", {"lines": ["sesame"] * 99}, "'lines': Tuple should have at most"),
        ("duty", {}, "'mode': Field required"),
        ("duty", {"mode": "sesame"}, "'mode': Input should be"),
        ("zones", {"zones": [{"kind": "sesame"}]}, "kind: Input should be"),
    ):
        answer = web.post(f"/api/v1/cameras/door/{path}", json=sent, headers=OURS)
        detail = answer.json()["detail"]
        assert answer.status_code == 422 and said in detail and "sesame" not in detail and "\n" not in detail


def test_every_answer_that_is_json_is_typed(web):
    told = web.get("/api/openapi.json").json()
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            content = operation["responses"]["200"].get("content", {})
            assert content.get("application/json", {"schema": "x"})["schema"], (method, path)
            assert operation["description"], (method, path)


def test_the_page_shows_all_of_it_without_a_script_of_its_own(web):
    page = Page(web.get("/api/docs", headers=HTML).text)
    for path in web.get("/api/openapi.json").json()["paths"]:
        assert path in page.words
    scripts = [had["src"] for tag, had in page.tags if tag == "script"]
    assert all(src.startswith("/static/") for src in scripts)
    assert '"armed" | "quiet" | "off"' in page.words
