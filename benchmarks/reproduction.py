"""docs/reproduction.md from the records in results/: what USTN-DSC's paper reports, what we get, what lies between.

python benchmarks/reproduction.py
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from plan_tables import table

from unusual.files import write_text
from unusual.measure.planting.validation import MEAN

RESULTS = Path(__file__).parent / "results"
PAGE = Path(__file__).parents[1] / "docs/reproduction.md"
Record = dict[str, Any]  # JSON that our own scripts wrote

READINGS = {
    "plain": "no scaling",
    "min-max": "min-max by clip",
    "min-max, both classes": "the same, clips of both classes",
    "macro": "mean over clips",
}
PUBLISHED = 98.1  # Table 1 of the paper: "average AUC (%)" on Ped2


def main() -> None:
    """Read the records that are there, write the page."""
    parts = [INTRODUCTION, *in_short()]
    for name, section in SECTIONS.items():
        if record := read(name):
            parts += section(record)
    parts += levers()
    parts += steps()
    parts.append(REMAINS)
    write_text(PAGE, "\n".join(parts).rstrip() + "\n")


def in_short() -> Iterator[str]:
    """What the tables say."""
    ceilings, pointed = read("ped2_ceiling"), read("ped2_points")
    if ceilings is None or pointed is None:
        return
    first, *_, last = pointed["rows"].values()
    top, (began, ended) = ceilings["rows"][UNIFORM]["9"], (each["AUC"][AS_IT_IS] for each in (first, last))

    def by_minmax(row: Record, way: str) -> float:
        return float(row["AUC"][way]["min-max"])

    def times(row: Record) -> float:
        errors = row["squared error a pixel"]
        return float(errors["unusual"]["missing frames"] / errors["moving"]["missing frames"])

    yield SHORT.format(
        published=PUBLISHED,
        top=top["min-max"],
        macro=top["macro"],
        plain=top["plain"],
        bound=ceilings["rows"][NO_BETTER]["9"]["min-max"],
        frames=ceilings["rows"][UNIFORM]["1"]["min-max"],
        batches=last["batches"],
        now=ended["min-max"],
        blend=began["min-max"],
        moved=by_minmax(last, MOVED),
        blend_moved=by_minmax(first, MOVED),
        share=last["squared error a pixel"]["moving"]["missing frames, share of the error"],
        times_first=times(first),
        times_last=times(last),
        macro_first=began["macro"],
        macro_last=ended["macro"],
        plain_first=began["plain"],
        plain_last=ended["plain"],
        both_first=began["min-max, both classes"],
        both_last=ended["min-max, both classes"],
        peak=by_minmax(last, "a fixed peak"),
        mean=by_minmax(last, "the mean of the missing frames"),
        still=by_minmax(last, "what is still, restored to the noise") - ended["min-max"],
    )
    if (medium := read("ped2_medium")) and (small := read("ped2_small")):
        live, paper = both_protocols(medium, OF_MEDIUM)
        yield MEDIUM.format(
            paper=paper["micro_auc"],
            macro=paper["macro_auc"],
            live=live["micro_auc"],
            small=both_protocols(small, OF_SMALL)[0]["micro_auc"],
            clip=next(iter(medium[OF_MEDIUM]["clips"]["12"].values())),
        )


def read(name: str) -> Record | None:
    """A record, None where it is not there."""
    file = RESULTS / f"{name}.json"
    found: Record | None = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    return found


def both_protocols(record: Record, step: str) -> tuple[Record, Record]:
    """Metrics on the live scale and by the paper's protocol, of units that begin so often."""
    live, paper, *_ = record[step]["protocols"].values()
    return live, paper


def origin(record: Record) -> str:
    """Where a table comes from."""
    of = record.get("training", record)
    seed = f"; seed {of['seed']}" if "seed" in of else ""
    trained = f", checkpoints of {record['trained at']}" if record.get("trained at") else ""
    return f"`{record['command']}` — {record['machine']}; commit {record['commit']}{trained}; {record['date']}{seed}\n"


def ceiling(record: Record) -> Iterator[str]:
    """What the protocol itself allows."""
    yield CEILING
    spans = list(next(iter(record["rows"].values())))
    for reading, words in READINGS.items():
        rows = {name: row for name, row in record["rows"].items() if reading in next(iter(row.values()))}
        yield f"{words}, by frames of a unit:\n"
        lines = [[name, *(f"{row[span][reading]:.3f}" for span in spans)] for name, row in rows.items()]
        yield from table(["", *spans], lines)
    yield origin(record)


def points(record: Record) -> Iterator[str]:
    """What the network's errors are made of, and what each of them costs."""
    yield POINTS
    rows: Mapping[str, Record] = record["rows"]
    names = {name: f"{row['batches']} batches" if "batches" in row else name for name, row in rows.items()}
    yield "Squared error a pixel of the missing frames, and how many times the ordinary's the unusual's is:\n"
    lines = []
    for name, row in rows.items():
        errors = [row["squared error a pixel"][part]["missing frames"] for part in ("unusual", "moving", "still")]
        share = row["squared error a pixel"]["moving"]["missing frames, share of the error"]
        cells = [f"{each:.1f}" for each in errors]
        lines.append([names[name], *cells, f"{errors[0] / errors[1]:.2f}", f"{share:.2f}", row.get("held out", "")])
    yield from table(
        ["", "unusual", "moving", "still", "times", "moving, share of all error", "held-out footage"], lines
    )
    for reading in ("min-max", "plain", "macro"):
        yield (
            f"Micro AUC, {READINGS[reading]}, as if something were otherwise:\n"
            if reading != "macro"
            else ("Mean AUC over clips of both classes, as if something were otherwise:\n")
        )
        ways = next(iter(rows.values()))["AUC"]
        lines = [[way, *(f"{row['AUC'][way][reading]:.3f}" for row in rows.values())] for way in ways]
        yield from table(["", *names.values()], lines)
    yield "AUC of each clip by itself, and (in brackets) of all others together by min-max:\n"
    clips = list(next(iter(rows.values()))["without the clip"])
    lines = [
        [clip, *(f"{row['clips'].get(clip, float('nan')):.3f} ({row['without the clip'][clip]:.3f})".replace("nan", "")
                 for row in rows.values())]
        for clip in clips
    ]  # fmt: skip
    yield from table(["clip", *names.values()], lines)
    yield origin(record)


def ranking(record: Record) -> Iterator[str]:
    """Whether planted anomalies put networks in the order of the test clips."""
    yield RANKING
    live, paper = record["rank correlation"]
    lines = []
    for model, told in record["told"].items():
        tested = record["test"][model]
        aucs = [each for way in (live, paper) for each in (told[way]["mean of the changes"], tested[way])]
        lines.append([str(int(Path(model).name)), *(f"{each:.3f}" for each in aucs)])
    columns = [f"{what}, {way}" for way in ("live scale", "paper's protocol") for what in ("planted", "test")]
    yield from table(["batches", *columns], lines)
    yield RANKED.format(live=record["rank correlation"][live], paper=record["rank correlation"][paper])
    yield origin(record)


def levers() -> Iterator[str]:
    """What each change of a training is worth by planted anomalies."""
    files = sorted((RESULTS / "levers").glob("*.json"))
    records = [record for file in files if (record := read(f"levers/{file.stem}"))]
    if not records:
        return
    yield LEVERS
    live = next(iter(records[0]["planted"]))
    shown = [name for name in records[0]["planted"][live] if name != MEAN]
    records.sort(key=lambda record: record["planted"][live][MEAN], reverse=True)
    lines = []
    for record in records:
        told, ((check, psnr),) = record["planted"][live], record["held_out"].items()
        rebuilt = f"{psnr['rebuilt']:.2f} ({psnr['blended']:.2f})"
        aucs = [f"{told[name]:.3f}" for name in (MEAN, *shown)]
        lines.append([record["row"], str(record["batches"]), rebuilt, *aucs])
    yield from table(["row", "batches", f"{check} (blended)", "mean", *shown], lines)
    yield origin(records[0])


def steps() -> Iterator[str]:
    """What each step from the published figure to ours is worth."""
    ceilings, pointed, small = read("ped2_ceiling"), read("ped2_points"), read("ped2_small")
    if ceilings is None or pointed is None or small is None:
        return
    top = ceilings["rows"][UNIFORM]["9"]
    last = list(pointed["rows"].values())[-1]
    ways = {name: figures["min-max"] for name, figures in last["AUC"].items()}
    live, paper = both_protocols(small, OF_SMALL)
    yield STEPS
    rows = [
        ["published", f"{PUBLISHED / 100:.3f}", ""],
        [f"the protocol's ceiling: {UNIFORM} in the masks", f"{top['min-max']:.3f}", "the protocol as printed"],
        ["our last network, had it restored what moves", f"{ways[MOVED]:.3f}", "all that is not restoration"],
        [f"our last network, {last['batches']} batches", f"{ways[AS_IT_IS]:.3f}", "ordinary people, a little wrong"],
        [
            f"preset `small`, {small['training']['steps']} batches",
            f"{paper['micro_auc']:.3f}",
            "twice as long, a falling rate, warm start, fewer clips held out",
        ],
        ["the same, live scale", f"{live['micro_auc']:.3f}", "regions of 16 pixels instead of a whole picture"],
    ]
    sources = [ceilings, pointed, small]
    if medium := read("ped2_medium"):
        live, paper = both_protocols(medium, OF_MEDIUM)
        name = f"preset `medium`, {medium['training']['steps']} batches of four, live scale"
        rows.append([name, f"{live['micro_auc']:.3f}", "every frame, on pictures of 240 px"])
        rows.append(["the same, the paper's protocol", f"{paper['micro_auc']:.3f}", "a whole picture, min-max by clip"])
        sources.append(medium)
    yield from table(["", "micro AUC", "what lies between it and the line above"], rows)
    for record in sources:
        yield origin(record)


AS_IT_IS, MOVED = "as it is", "what moves, restored to the noise"  # of points.py
NO_BETTER = "the best scores that units can have"
OF_SMALL, OF_MEDIUM = "a unit every 9 frames", "a unit every 5 frames"  # of small and of medium, side by side
UNIFORM = "wrong by 20 grey levels"  # of ceiling.py

INTRODUCTION = f"""# USTN-DSC's {PUBLISHED} on Ped2: what was published, what we get, what lies between

For whoever cannot reproduce this paper either (Yang et al., CVPR 2023; we found no code of theirs, and no supplement).
Every figure below comes from a record in `benchmarks/results/`; under each table stands the command that made it.
"""

SHORT = """In short:

1. **As it is printed, the protocol hardly allows {published}.** Eq. 6 gives all nine frames of a unit the PSNR of the
   worst one; Eq. 7 scales by minimum and maximum, "following" a work that does so over each test clip. Four of Ped2's
   twelve test clips are abnormal throughout, and each of them gets a 0 for its least unusual unit. A network that
   restores all that is ordinary to the camera's noise and is wrong in the masks alone has a micro AUC of {top:.3f},
   however wrong it is there ({bound:.3f} is what nothing beats, had it the labels). The caption of the paper's Table 1
   says "average AUC": as the mean over clips the same network has {macro:.3f}, without scaling by clip {plain:.3f},
   judged frame by frame {frames:.3f}. The paper does not say which of them it means.
2. **What our network lacks to that ceiling is the restoration of ordinary people.** After {batches} batches it has
   {now:.3f}. Had it restored what moves and is not unusual to the noise, it would have {moved:.3f}; keyframes that are
   merely blended would have {blend_moved:.3f} instead of {blend:.3f}. Eq. 6 takes one number of a whole picture, and
   ordinary people make {share:.0%} of its error even then: many of them, a little wrong, outweigh one cyclist.
3. **Training works, and min-max over clips hides it.** From the blend to that network the unusual's error goes from
   {times_first:.1f} to {times_last:.1f} times the ordinary's; the mean over clips from {macro_first:.3f} to
   {macro_last:.3f}, without scaling from {plain_first:.3f} to {plain_last:.3f}, by min-max over the clips that show
   both classes from {both_first:.3f} to {both_last:.3f}. Over all twelve it goes from {blend:.3f} to {now:.3f}: what is
   lost is lost in the clips that are abnormal throughout.
4. **Two choices of Eq. 6 cost points here.** The peak of PSNR is the largest value of the restored frame itself, which
   differs from frame to frame; with a fixed one the AUC would be {peak:.3f}. And it takes the worst of the missing
   frames; their mean would give {mean:.3f}. Neither was changed: so the paper prints them.
5. The still ground restored to the noise would bring {still:+.3f}, and the keyframes' own restoration nothing: the
   worst frame is a missing one throughout.
"""

CEILING = """## What the protocol allows

No network runs here. Each test frame's squared error is the camera's noise, and inside the official masks a number of
grey levels more, the same for all; or, inside them, the ground is painted, as by a network that knows nothing of what
is unusual. "The best scores" are those that nothing beats, had one the labels: how abnormal a unit is; by min-max a
clip that is abnormal throughout still has its 0.
"""

POINTS = """## Where the points go

Every unit of the test clips is restored, and its squared error split into three: what the masks cover, what else moves
(it differs by more than 12 grey levels from the clip's median in some frame of the unit), and the rest. Then AUC is
counted anew as if one part were otherwise. This looks at test labels, to explain; no setting was chosen by it. It was
looked at twice before, while the script was written. The networks are of one training, kept after so many batches of
eight clips:

`unusual train ../shared/data/ped2 --method ustn-dsc --minutes 600 --set training.warm_start=none --set
training.held_out=0.3 --set training.epoch_batches=200 --set training.schedule=constant --set training.averaging=0.999`
— commit 02728a9; seed 0; ended after 1,600 batches, about eight minutes of one processor
"""

RANKING = """## How planted anomalies rank networks

Anomalies planted in clips that the networks had not seen (people made faster, and riders) need no test label. Do they
put networks in the order in which the test clips put them? Eight checkpoints of one training, after so many batches:
the mean AUC of the planted, and the AUC of the test clips, which were scored once, after the planted ones.
"""

RANKED = """Rank correlation (Spearman's) of planted and test: {live:.2f} on the live scale, {paper:.2f} by the paper's
protocol. Planted anomalies rise with training by either protocol, and so do the test clips on the live scale; by the
paper's protocol the test clips do not follow, and end below where they began. So the planted rank networks well, and
what does not rank them is min-max over test clips of which four are abnormal throughout, as above. Networks are chosen
by planted anomalies on the live scale.
"""

MEDIUM = """6. With every frame and larger pictures, as planted anomalies chose ("Levers" below), an hour of a shared
   core (`medium`) reaches {paper:.3f} in the paper's protocol, {macro:.3f} as the mean over clips. On the live scale
   it loses ({live:.3f}, {small:.3f} with `small`), most of it in clip 12 ({clip:.3f}), whose skateboarder
   goes at walking pace. Why the scale loses what the protocol gains has not been found.
"""

LEVERS = """## Levers, told apart by planted anomalies

Each row is a training of its own for 300 seconds of one processor, from the shipped start, with one change
(`benchmarks/plans/levers.toml`); the best is first. Anomalies of all kinds are planted in the 30% of the training clips
that it did not see: AUC on the live scale. `none` is an object that was put back as it was, and takes no part in the
mean. No test clip was opened. Every frame, every third and larger pictures all tell more than every second frame, and
whole frames instead of crops around motion less: as fewer frames and more of them cannot both be better, rows that are
a point apart are not told apart by five minutes of one seed, and `medium`'s every frame rests on no more than that. How
well held-out frames are restored says little: with every frame the blend is better, too.
"""

STEPS = """## From the published figure to ours
"""

REMAINS = """## What remains unexplained

- Which reading of Eq. 7 and of "average AUC" gave the published figure, and whether scores were smoothed, or units
  overlapped: the paper does not say, and its code and supplement cannot be had.
- Whether the paper's own size (7.1 M parameters, 256x256 in colour, 100 epochs) brings ordinary people near enough to
  the noise while it leaves the unusual wrong. No GPU was at hand for it; `benchmarks/gpu_ped2.sh` is ready for one.
- Whether its Tables 2 to 4 hold: at our size without enough training they do not stand above seeds
  ([results](results.md), the ablations), and nobody has trained each row long enough here.
- Whether planted anomalies rank networks that differ in more than in the length of one training. Most levers, each
  alone, still wait in `benchmarks/plans/levers.toml` for `benchmarks/levers.py`.
- Longer trainings (90, 270 minutes), three seeds, and STATE's rows for eta have not been run. The figures on this page
  are of one seed and of minutes of one processor core that was shared.
"""
SECTIONS: dict[str, Callable[[Record], Iterator[str]]] = {
    "ped2_ceiling": ceiling,
    "ped2_points": points,
    "planted_ped2_along": ranking,
}


if __name__ == "__main__":
    main()
