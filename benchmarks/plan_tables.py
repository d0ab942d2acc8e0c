"""Tables of the rows that benchmarks/run.py recorded in results/PLAN/ROW-SEED.json; an absent row is left out."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from floors import with_floors

from unusual.measure.compare import scaled
from unusual.video.floors import FLOORS

PLANS = Path(__file__).parent / "plans"
MINMAX = "paper's protocol (min-max over each test video)"

# Micro AUC in percent, after training at the paper's size on the data set that is named.
USTN_DSC = (
    "Yang et al., Video Event Restoration Based on Keyframes for Video Anomaly Detection, CVPR 2023, Tables 2 to 4"
)
STATE = "Wang et al., Making Reconstruction-based Method Great Again, ICDM 2022, Table I, which has no row for Ped2"
PUBLISHED: dict[str, tuple[str, dict[str, str]]] = {  # plan: source, figures of its rows
    "ustn_dsc_ablations": (
        USTN_DSC,
        {
            "full": "98.1 at N = 6, 97.1 at N = 2 (Ped2)",
            "no-skips": "91.1 (Ped2)",
            "cross-attention-alone": "96.4 (Ped2)",
            "time-upsampling-alone": "95.2 (Ped2)",
            "no-frame-difference-loss": "97.2 (Ped2)",
            "n-2": "97.1 (Ped2)",
            "n-4": "97.7 (Ped2)",
            "n-6": "98.1 (Ped2)",
        },
    ),
    "state_ablations": (
        STATE,
        {
            "n-3": "89.8 (Avenue), 73.7 (ShanghaiTech)",
            "eta-0.002": "90.3 at N = 3 (Avenue)",
            "eta-0.005": "77.8 at N = 3 (ShanghaiTech)",
        },
    ),
}

Record = Mapping[str, Any]  # JSON that benchmarks/run.py wrote
Cell = Callable[[Record], float | None]  # None: not known of this row


def plan_tables(results: Path) -> Iterator[str]:
    """The lines of every plan that has a record in `results`."""
    for path in sorted(PLANS.glob("*.toml")):
        plan = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = {name: of for name in plan["rows"] if (of := read_row(results / path.stem, name))}
        if rows:
            yield from (
                ablation(path.stem, plan, rows) if path.stem in PUBLISHED else methods(rows, plan.get("title", ""))
            )


def read_row(folder: Path, name: str) -> list[Record]:
    """The records of a row, one for each seed."""
    found = [path for path in folder.glob(f"{name}-*.json") if path.stem.removeprefix(f"{name}-").isdigit()]
    records = [json.loads(path.read_text(encoding="utf-8")) for path in found]
    return sorted(records, key=lambda record: record["seed"])


def methods(rows: Mapping[str, Sequence[Record]], title: str) -> Iterator[str]:
    """A line for each method, then the floors; what it took stands in a table of its own. title: of the plan."""
    yield f"## {title or data_of(rows)}, every method\n"
    yield f"{RULE}\n"
    lines = [[name, seeds(of), *(mean(of, cell) for cell in FIGURES.values())] for name, of in rows.items()]
    first = next(iter(rows.values()))[0]  # floors are the same for every method and seed
    floor = [{**first, "protocols": with_floors(first["protocols"], first["data"])}]
    for name in FLOORS:
        if name in floor[0]["protocols"]:
            plain, stretched = (mean(floor, micro(each)) for each in (name, scaled(name)))
            lines.append([f"no learning: {name}", "", plain, "", stretched, mean(floor, macro(name)), "", ""])
    yield from table(["method", "seeds", *FIGURES], lines)
    yield from table(
        ["method", *COSTS], [[name, *(mean(of, *cell) for cell in COSTS.values())] for name, of in rows.items()]
    )
    yield origin(rows)


def ablation(plan: str, settings: Mapping[str, Any], rows: Mapping[str, Sequence[Record]]) -> Iterator[str]:
    """The paper's own protocol beside the published figure of the same change."""
    source, published = PUBLISHED[plan]
    method = next(iter(rows.values()))[0]["method"]
    yield f"## {data_of(rows)}, {method}: its parts\n"
    yield f"{RULE} Published: {source}; micro AUC in percent, at the paper's size.\n"
    lines = []
    for name, of in rows.items():
        row = settings["rows"][name]
        changed = ", ".join(f"`{change}`" for change in (*row.get("changes", ()), *row.get("scored", ())))
        ours = [mean(of, cell) for cell in (own, own_macro)]
        lines.append([name, changed, seeds(of), *ours, mean(of, steps, "{:.0f}"), published.get(name, "")])
    yield from table(["row", "changed", "seeds", "micro AUC", "macro AUC", "batches", "published"], lines)
    yield origin(rows)


def mean(records: Sequence[Record], cell: Cell, form: str = "{:.3f}") -> str:
    """Mean over the seeds, and half the range where they differ; "" where a row does not know it.

    >>> mean([{"auc": 0.9}, {"auc": 0.96}], lambda record: record["auc"]), mean([{}], lambda record: None)
    ('0.930 ± 0.030', '')
    """
    values = [value for record in records if (value := cell(record)) is not None]
    if not values:
        return ""
    middle = form.format(sum(values) / len(values))
    return f"{middle} ± {form.format((max(values) - min(values)) / 2)}" if max(values) > min(values) else middle


def seeds(records: Sequence[Record]) -> str:
    """Which seeds a row has."""
    return ", ".join(str(record["seed"]) for record in records)


def micro(protocol: str) -> Cell:
    """Micro AUC in a protocol."""
    return lambda record: record["protocols"].get(protocol, {}).get("micro_auc")


def macro(protocol: str) -> Cell:
    """Macro AUC likewise."""
    return lambda record: record["protocols"].get(protocol, {}).get("macro_auc")


def live_of(record: Record) -> str:
    """The live scale's name: it stands first."""
    return str(next(iter(record["protocols"])))


def own_of(record: Record) -> str:
    """The name of the protocol of the method's own paper: it stands behind the live scale."""
    return str(list(record["protocols"])[1])


def own(record: Record) -> float | None:
    """Micro AUC in the paper's own protocol."""
    return micro(own_of(record))(record)


def own_macro(record: Record) -> float | None:
    """Macro AUC likewise."""
    return macro(own_of(record))(record)


def steps(record: Record) -> float | None:
    """Batches of training."""
    return float(record["training"]["steps"])


def place(name: str) -> Cell:
    """A figure of the place, where there are pixel masks."""
    return lambda record: (record["localisation"] or {}).get(name)


def scoring(name: str) -> Cell:
    """A figure of the scoring."""
    return lambda record: record["scoring"][name]


RULE = "Where a row has several seeds: their mean ± half of the range from the lowest to the highest, if they differ."
FIGURES: dict[str, Cell] = {
    "micro AUC, live scale": lambda record: micro(live_of(record))(record),
    "micro AUC, paper's protocol": own,
    "micro AUC, min-max": micro(MINMAX),
    "macro AUC, live scale": lambda record: macro(live_of(record))(record),
    "RBDC": place("rbdc"),
    "TBDC": place("tbdc"),
}
COSTS: dict[str, tuple[Cell, str]] = {
    "parameters": (lambda record: record["parameters"], "{:.0f}"),
    "batches": (steps, "{:.0f}"),
    "training, minutes": (lambda record: record["training"]["minutes"], "{:.1f}"),
    "frames per processor second": (scoring("frames per processor second"), "{:.1f}"),
    "times the reading alone": (scoring("times the reading alone"), "{:.1f}"),
    "peak memory, GB": (lambda record: record["peak_memory_gb"], "{:.2f}"),
}
DATA = {"ped1": "UCSD Ped1", "ped2": "UCSD Ped2", "avenue": "CUHK Avenue", "shanghaitech": "ShanghaiTech"}


def data_of(rows: Mapping[str, Sequence[Record]]) -> str:
    """The data sets of the rows, as people call them."""
    return ", ".join(DATA.get(name, name) for name in each(rows, "data"))


def each(rows: Mapping[str, Sequence[Record]], key: str) -> list[str]:
    """The different values of a key, in the order in which they come."""
    return list(dict.fromkeys(str(record[key]) for of in rows.values() for record in of))


def origin(rows: Mapping[str, Sequence[Record]]) -> str:
    """Where a table comes from."""
    numbers = ", ".join(map(str, sorted({record["seed"] for of in rows.values() for record in of})))
    words = each(rows, "command")[0].split()  # of one row; that of all of them names no row
    command = " ".join(words[: words.index("--only")] if "--only" in words else words)
    machine, commit, date = (", ".join(each(rows, key)) for key in ("machine", "commit", "date"))
    return f"`{command}` — {machine}; commit {commit}; {date}; seeds {numbers}\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    for cells in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(cells)} |"
    yield ""
