"""What the README and the docs tell people to type is understood, and the files they name are there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest
import typer

from unusual.app.cli import app

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands():
    for page in PAGES:
        for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.S):
            for line in block.splitlines():
                found = re.match(r"(?:torchrun .* -m )?unusual (.*)", line)
                if found:
                    yield pytest.param(shlex.split(found[1], comments=True), id=f"{page.name}: {found[1][:60]}")


@pytest.mark.parametrize("words", list(commands()))
def test_a_command_of_the_docs_is_understood(words):
    command = typer.main.get_command(app)
    while hasattr(command, "commands"):
        assert words[0] in command.commands
        command, words = command.commands[words[0]], words[1:]
    command.make_context(command.name, list(words))  # raises where a word is not understood


def test_settings_in_the_docs_exist():
    from unusual.run.config import make_config

    for page in PAGES:
        for line in page.read_text().splitlines():
            said = re.search("--method ([a-z-]+)|benchmarks/(state)_", line)
            method = next(filter(None, said.groups()), "ustn-dsc") if said else "ustn-dsc"
            for change in re.findall(r"--set ([a-z_.]+=\S+)", line):
                make_config(method, "small", changes=[change.strip("`")])


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} names {target}"


def test_modules_that_the_docs_name_are_there():
    known = [
        f"/{file.relative_to(ROOT)}"
        for folder in ("src", "tests", "benchmarks")
        for file in (ROOT / folder).rglob("*.py")
    ]
    for page in PAGES:
        for name in re.findall(r"(?<![\w./-])(?!NAME|PATH)[a-z_/]+\.py\b", page.read_text()):
            assert any(file.endswith(f"/{name}") for file in known), f"{page.name} names {name}"


def test_the_python_of_the_readme_runs(scene, trained, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(trained, "gate", ignore=shutil.ignore_patterns("cache"))
    shutil.copy(scene / "test/01.mp4", "wednesday.mp4")
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    lower = block.replace('"wednesday.mp4", ', '"wednesday.mp4", thresholds=unusual.Thresholds(0.5, 0.2), checkpoint=')
    for code in (block, lower):  # the tiny network of the tests finds nothing at the usual thresholds
        exec(compile(code, "README.md", "exec"), {})
    assert " s, score " in capsys.readouterr().out


def test_the_first_screen_names_what_runs():
    lines = (ROOT / "README.md").read_text().splitlines()
    assert any("make demo" in line for line in lines[:20])
    assert any("make test" in line for line in lines[:20])
    assert any("venv" in line for line in lines[:25])
    assert any("![" in line for line in lines[:10])
