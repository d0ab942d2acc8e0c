"""Bars, lines and tables: beside the results or among them, and names are never read as markup."""

from rich.console import Console

from unusual.app import terminal
from unusual.app.terminal import Ticker


def test_where_there_is_no_terminal_a_line_comes_once_in_a_while(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(terminal.time, "monotonic", lambda: clock[0])
    ticker = terminal.Ticker(30.0)
    for clock[0] in (1.0, 29.0, 30.0, 31.0, 59.0, 61.0):
        ticker.tell(f"at {clock[0]:g}")
    assert capsys.readouterr().err.splitlines() == ["at 30", "at 61"]
    monkeypatch.setattr(terminal, "console", Console(stderr=True, force_terminal=True))
    clock[0] = 200.0
    ticker.tell("a bar says it")
    assert capsys.readouterr().err == ""


def test_names_are_never_read_as_markup(run, trained, scene, tmp_path):
    odd = tmp_path / "cam[red]1[b].mp4"
    odd.write_bytes((scene / "test/01.mp4").read_bytes())
    assert run("score", odd, "-c", trained, "--out", tmp_path / "out", "--no-annotate")[0] == 0
    assert (tmp_path / "out/cam[red]1[b]").is_dir()


def test_lines_beside_the_results_are_neither_markup_nor_wrapped(capsys):
    line = "cam[red]1[/b] " + "x" * 300
    for tell, said in ((terminal.say, line), (terminal.then, f"next: {line}"), (terminal.warn, f"warning: {line}")):
        tell(line)
        assert capsys.readouterr() == ("", f"{said}\n")


def test_a_table_goes_to_the_results_with_its_numbers_to_the_right(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    terminal.table("A [title]", ["clip", "frames"], [["cam[red]1", "7"], ["gate", "1234"]])
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0].strip() == "A [title]"
    assert any("cam[red]1 │      7" in line for line in out.splitlines())
    assert any("gate      │   1234" in line for line in out.splitlines())


def test_a_bar_counts_frames_also_of_a_video_that_does_not_say_how_many(monkeypatch, capsys):
    monkeypatch.setattr(terminal, "Ticker", lambda: Ticker(0.0))
    with terminal.bars() as progress:
        update = terminal.frame_bar(progress, "gate")
        update(3, None)
        update(4, 9)
        (task,) = progress.tasks
        assert (task.description, task.completed, task.total) == ("gate", 4, 9)
    assert capsys.readouterr().err.splitlines() == ["gate: 3 of unknown frames", "gate: 4 of 9 frames"]
