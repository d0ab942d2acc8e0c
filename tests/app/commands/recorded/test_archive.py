"""`unusual archive`, as a person types it."""


def test_three_words_are_enough(run, segments, model, tmp_path):
    code, out, err = run("archive", "run", segments, "-c", model, "--out", tmp_path, "--workers", 1, "--enter", 4)
    assert code == 0 and "unusual events" in out and "unusual serve --home" in err


def test_a_plan_is_judged_shard_by_shard(at_home, run, segments, model, tmp_path):
    code, out, _ = run("archive", "plan", segments, "-c", model, "--out", tmp_path, "--workers", 1)
    assert code == 0 and "10 recordings" in out and "1 shards" in out
    assert run("archive", "shard", "--index", 0, "--out", tmp_path)[0] == 0
    assert run("archive", "report", "--out", tmp_path, "--workers", 1)[0] == 0
    code, _, err = run("archive", "shard", "--index", 7, "--out", tmp_path)
    assert code == 2 and "there is none of index 7" in err


def test_mistakes_are_one_line(run, segments, tmp_path, monkeypatch):
    for words, said in (
        (["run", segments, "--out", tmp_path], "--checkpoint MODEL"),
        (["run", segments, "-c", tmp_path, "--out", tmp_path], "no checkpoint"),
        (["report", "--out", tmp_path / "none"], "no archive that was planned"),
    ):
        code, _, err = run("archive", *words)
        assert code == 2 and said in err and err.count("\n") == 1
    monkeypatch.setattr("unusual.app.commands.recorded.archive.find_spec", lambda name: None)
    code, _, err = run("archive", "report")
    assert code == 2 and "pip install 'unusual[archive]'" in err and err.count("\n") == 1
