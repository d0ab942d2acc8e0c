"""The order of the house: imports point down the list of rooms, and nothing loads what it does not need."""

import ast
import re
import subprocess
import sys
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import unusual
from unusual.methods import METHODS

ROOT = Path(unusual.__file__).parent
FLOORS = [  # lower .. upper; rooms of one floor do not know each other
    ["errors", "processors"],
    ["files"],
    ["openvino_runner"],
    ["onnx_file"],
    ["domain"],
    ["scores", "video"],
    ["methods", "store", "data"],
    ["run"],
    ["camera", "measure"],
    ["app"],
]
WITHOUT_TORCH = {room for rooms in FLOORS[:5] for room in rooms} | {"video", "scores", "store", "data"}
MADE_OF = {"fused": {"habits", "state"}}  # a method that lets others judge together
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
EVERY = sorted(ROOT.rglob("*.py"))
FILES = [file for file in EVERY if file not in (ROOT / "__init__.py", ROOT / "__main__.py")]
NAMES = {
    ".".join(("unusual", *file.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__") for file in EVERY
}


@cache
def parsed(file):
    return ast.parse(file.read_text())


def room(parts):
    return parts[0].removesuffix(".py")


def modules(tree):
    """What a file imports; of `from unusual.methods import state`, the module that it means."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = node.module if not node.level else "." * node.level
            meant = {f"{module}.{name.name}" for name in node.names}
            yield from meant & NAMES or {module}
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(file):
    here = room(file.relative_to(ROOT).parts)
    assert here in FLOOR, f"{here} stands on no floor"
    for module in modules(parsed(file)):
        if module.startswith("unusual."):
            there = room(tuple(module.split(".")[1:]))
            assert there == here or FLOOR[there] < FLOOR[here], f"{file.name} imports {module}"
        assert not module.startswith("."), f"{file.name}: say from where"
        assert module != "unusual" or here == "app", f"{file.name}: name the module"


def test_imports_go_round_in_no_circle():
    imports = {name: {*modules(parsed(file_of(name)))} & NAMES - {name} for name in NAMES}
    assert [*TopologicalSorter(imports).static_order()]


def file_of(name):
    path = ROOT.parent / name.replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def test_nothing_is_called_after_what_it_is_not():
    names = {part.removesuffix(".py") for file in EVERY for part in file.relative_to(ROOT).parts}
    assert not names & {"util", "utils", "misc", "common", "helper", "helpers", "extra", "extras"}


def test_a_folder_says_nothing_of_its_own_but_for_two():
    spoken = {file for file in EVERY if file.name == "__init__.py" and file.read_text().strip()}
    assert spoken == {ROOT / "__init__.py", ROOT / "methods/__init__.py"}


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_low_rooms_never_see_torch_and_nobody_unpickles(file):
    named = set(modules(parsed(file)))
    if room(file.relative_to(ROOT).parts) in WITHOUT_TORCH:
        assert not any(module.split(".")[0] == "torch" for module in named)
    assert not any(module.split(".")[0] in ("pickle", "shelve", "marshal") for module in named)
    assert "torch.load" not in file.read_text()
    assert "shell=True" not in file.read_text()


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_one_module_knows_the_paths_in_the_home_folder(file):
    if file.relative_to(ROOT) != Path("store/home.py"):
        assert not re.search(r"home(\.folder)? / |home(\.folder)?\.(r?glob|joinpath)\(", file.read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_one_module_knows_an_address_when_it_sees_one(file):
    if file.relative_to(ROOT) != Path("video/source.py"):
        tree = parsed(file)
        asked = [node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Compare)]
        assert not {text for node in asked for text in asked_for(node) if str(text).lstrip(":") == "//"}


def defined(kind):
    for file in EVERY:
        for node in ast.walk(parsed(file)):
            if isinstance(node, kind):
                yield file, node


def set_on_self(node):
    """The attributes that the methods of a class set."""
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store) and ast.unparse(each.value) == "self"
    }


def test_classes_stay_small():
    large = {
        node.name
        for _, node in defined(ast.ClassDef)
        if len(set_on_self(node)) > 15 or node.end_lineno - node.lineno >= 160
    }
    assert not large


def test_functions_take_at_most_eight_words():
    wordy = set()
    for file, node in defined((ast.FunctionDef, ast.AsyncFunctionDef)):
        taken = [word.arg for word in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
        command = file.is_relative_to(ROOT / "app" / "commands") or file == ROOT / "app" / "cli.py"
        if not command and len(set(taken) - {"self", "cls"}) > 8:
            wordy.add(node.name)
    assert not wordy


def test_folders_stay_small():
    folders = {file.parent for file in EVERY}
    assert not [str(folder) for folder in folders if len(list(folder.glob("*.py"))) > 16]


def test_files_and_functions_stay_short():
    for file in EVERY:
        text = file.read_text()
        assert text.count("\n") <= 350, file
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                length = body[-1].end_lineno - body[0].lineno + 1 if body else 0
                assert length <= 50, f"{file}: {node.name} has {length} lines"


WITHOUT_NETWORK = [
    "import unusual",
    "import unusual.app.cli",
    "import unusual.run.outputs, unusual.app.report.report",
    "import unusual.app.commands.doctor, unusual.app.commands.recorded.data, unusual.methods.objects.weights",
    "import unusual.run.config, unusual.run.checkpoint, unusual.run.score, unusual.run.stream, unusual.run.fit",
    "import unusual.measure.evaluate, unusual.camera.several, unusual.camera.cuts",
    "import unusual.app.dashboard.server",
    "from unusual.run.config import make_config; make_config('ustn-dsc'); make_config('state')",
]
SCORERS = [f"import unusual.methods.{folder}.settings, unusual.methods.{folder}.scorer" for folder in METHODS.values()]
TELLS = """import sys
for statement in sys.argv[1:]:
    exec(statement)
    if {'torch', 'scipy', 'h5py'} & set(sys.modules):
        sys.exit(statement)
"""


@pytest.mark.parametrize("statements", [WITHOUT_NETWORK, SCORERS], ids=["what needs no network", "scorers"])
def test_torch_and_what_reads_matlab_files_are_not_loaded_by(statements):
    """One process for all: the first statement after which they are there is to blame."""
    done = subprocess.run([sys.executable, "-c", TELLS, *statements], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


TORCH = {"learner", "network", "objective", "judging", "windows", "perturb", "pixels", "network_learner", "torch_net"}


def test_torch_is_loaded_from_the_top_of_few_modules():
    for file in FILES:
        tree = parsed(file)
        if any(module.split(".")[0] == "torch" for node in loaded(tree.body) for module in modules(node)):
            inside = file.relative_to(ROOT)
            assert inside in (Path("run/train.py"), Path("run/average.py"), Path("run/export.py")) or (
                inside.parts[0] == "methods" and file.stem in TORCH
            ), inside


def test_one_module_reads_matlab_files_and_nobody_else_needs_what_does():
    readers = {"scipy", "h5py"}
    using = [file for file in FILES if readers & {module.split(".")[0] for module in modules(parsed(file))}]
    assert using == [ROOT / "data/matlab.py"]
    assert not readers & {each.split(".")[0] for node in loaded(parsed(using[0]).body) for each in modules(node)}


def loaded(body):
    """The imports that run when a file is loaded: not those of functions, nor those for the type checker alone."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from loaded(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in ("body", "orelse", "handlers", "finalbody"):
                yield from loaded(getattr(node, part, []))


def documented(tree):
    """The docstrings of a file, which may speak of anything."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return {node.body[0].value for node in ast.walk(tree) if isinstance(node, kinds) and ast.get_docstring(node)}


def asked_for(node):
    """The texts that a call, a comparison or a case is made with, also in a row of them."""
    match node:
        case ast.Call():
            parts = [*node.args, *(word.value for word in node.keywords)]
        case ast.Compare():
            parts = [node.left, *node.comparators]
        case ast.MatchValue():
            parts = [node.value]
    rows = (each.elts if isinstance(each, ast.Tuple | ast.List | ast.Set) else [each] for each in parts)
    return {each.value for row in rows for each in row if isinstance(each, ast.Constant)}


def names_a_method(file):
    """Whether a file has a method's name, or its folder's; a plain word counts where it is compared or given."""
    tree = parsed(file)
    told = documented(tree)
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n not in told]
    named = {word for text in texts for word in re.findall(r"[\w-]+", text.value)} & {n for n in METHODS if "-" in n}
    compared = [each for each in ast.walk(tree) if isinstance(each, ast.Compare | ast.MatchValue)]
    made = [
        n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func) in ("make_config", "method_of")
    ]
    return (
        named
        | set().union(*map(asked_for, [*compared, *made])) & set(METHODS)
        | {folder for folder in METHODS.values() if f"unusual.methods.{folder}" in " ".join(modules(tree))}
    )


def test_a_methods_name_stands_in_its_folder_and_in_the_table_alone():
    own = {ROOT / "methods" / folder for folder in METHODS.values()}
    for file in EVERY:
        if own.isdisjoint(file.parents) and file != ROOT / "methods/__init__.py":
            assert not names_a_method(file), file


def test_papers_do_not_know_each_other():
    for folder in METHODS.values():
        known = {folder, *(n for n in METHODS if METHODS[n] == folder)} | MADE_OF.get(folder, set())
        for file in (ROOT / "methods" / folder).glob("*.py"):
            assert names_a_method(file) <= known, file


def test_a_class_name_is_defined_once_outside_the_papers_folders():
    own = {ROOT / "methods" / folder for folder in METHODS.values()}
    names = [node.name for file, node in defined(ast.ClassDef) if own.isdisjoint(file.parents)]
    assert not {name for name in names if names.count(name) > 1}


WITHOUT_BEHAVIOUR = {"methods/scorer.py": "what a method has to give, as protocols: their methods have no bodies"}


def test_every_module_has_its_test_file():
    """tests/ mirrors the package: methods/habits/words.py is tested by methods/habits/test_words.py."""
    written = [file for file in EVERY if file.read_text().strip()]
    lacking = set()
    for file in written:
        inside = file.relative_to(ROOT)
        tests = Path(__file__).parent / inside.parent / f"test_{inside.stem.strip('_')}.py"
        if not (tests.exists() and re.search("^def test_", tests.read_text(), re.MULTILINE)):
            lacking.add(str(inside))
    assert lacking == WITHOUT_BEHAVIOUR.keys()


@pytest.mark.parametrize("name", WITHOUT_BEHAVIOUR)
def test_a_module_without_tests_has_nothing_to_test(name):
    for node in ast.walk(parsed(ROOT / name)):
        if isinstance(node, ast.FunctionDef):
            assert ast.get_docstring(node) and len(node.body) == 1, node.name
