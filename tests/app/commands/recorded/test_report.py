"""`unusual report`: one page of what was scored before."""


def test_a_report_of_a_folder_takes_the_scored_folders_in_it(run, trained, scene, tmp_path):
    run("score", scene / "test", "-c", trained, "--out", tmp_path / "out", "--no-annotate")
    (tmp_path / "out/notes").mkdir()
    code, out, _ = run("report", tmp_path / "out", "--out", tmp_path / "all.html")
    assert (code, out.strip()) == (0, str(tmp_path / "all.html"))
    said = (tmp_path / "all.html").read_text()
    assert "01.mp4" in said
    assert "02.mp4" in said


def test_a_title_of_ones_own_stands_on_the_page(run, trained, scene, tmp_path):
    run("score", scene / "test/01.mp4", "-c", trained, "--out", tmp_path / "out", "--no-annotate")
    assert run("report", tmp_path / "out/01", "--out", tmp_path / "a.html", "--title", "Night <shift>")[0] == 0
    assert "Night &lt;shift&gt;" in (tmp_path / "a.html").read_text()
