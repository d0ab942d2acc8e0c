"""`unusual archive`: plan, judge, put together, report; and how each of these ends."""

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from unusual.app.report.archive_report import ArchiveView, write_archive_report
from unusual.app.terminal import Ticker, bars, say, then, warn
from unusual.errors import ConfigError, DataError, OutputError
from unusual.files import refuse_unwritable
from unusual.processors import processors
from unusual.run.archive.engines.children import in_children
from unusual.run.archive.manifest import FILMS, MANIFEST, models_of, read_films, read_shards, shard_at
from unusual.run.archive.past.gather import CameraPast, Gathering, gather
from unusual.run.archive.past.moments import LIMIT_S, Showing, moments_of
from unusual.run.archive.past.storing import attach_media
from unusual.run.archive.planning.plan import plan
from unusual.run.archive.progress import DoneSoFar, Progress
from unusual.run.archive.progress import words as progress_words
from unusual.run.archive.words import WORDS, ArchiveWords, read_words, write_words
from unusual.run.archive.work import Executor, quarantined, score_shards
from unusual.store.events import EventStore
from unusual.store.home import Home
from unusual.video.source import printable

REPORT = "report.html"
NOT_ALL, AGAIN = 3, 75  # exit codes: something could not be judged; there was no room, or no time
SHARD_LIMIT_S = 3600.0


def run_plan(words: ArchiveWords, out: Path, workers: int) -> str:
    """Plan an archive; returns what to say. Raises as `plan`, and DataError where not one recording can be read."""
    refuse_unwritable(out)
    words.shelf_in(out).check()
    with bars() as progress:
        task, ticker = progress.add_task("looking at recordings", total=None), Ticker()

        def seen(count: int, path: str) -> None:
            progress.update(task, description=f"looking at recordings: {count}")
            ticker.tell(f"looked at {count} recordings, the last of them {printable(path)}")

        planned = plan(words.named, words.judging, out, workers or processors(), say, seen)
    for line in planned.lost[:20]:
        warn(line)
    if len(planned.lost) > 20:
        warn(f"and {len(planned.lost) - 20} more that cannot be read: see {out / FILMS}")
    if not planned.shards:
        raise DataError(f"nothing to judge, as no recording can be read: see {out / FILMS}")
    write_words(out, words)
    return f"{planned.films} recordings, {planned.hours:.1f} h to judge, in {planned.shards} shards: {out / MANIFEST}"


def run_archive(
    words: ArchiveWords,
    out: Path,
    workers: int,
    engine: tuple[str, str],
    limit_s: float,
    *,
    retry: bool,
    replan: bool,
) -> int:
    """All of it; returns the exit code. A plan that was made of the same words is kept. Raises as its parts."""
    executor = executor_of(*engine, workers or processors())
    known = (out / WORDS).exists() and (out / MANIFEST).exists()
    if replan or not known or read_words(out) != words:
        say(run_plan(words, out, workers))
    cameras = models_of(out / MANIFEST)
    with bars() as progress:
        task, ticker = progress.add_task("judging", total=1.0), Ticker()

        def told(counts: DoneSoFar, trouble: str) -> None:
            share = counts.hours_done / counts.hours if counts.hours else 1.0
            line = progress_words(counts)
            progress.update(task, completed=share, description=line)
            ticker.tell(line)
            if trouble:
                warn(trouble)

        counted = Progress(out, told)
        score_shards(out, words.work(out, cameras), executor, limit_s, counted, retry=retry)
    say(progress_words(counted.counts))
    return run_report(out, workers)


def executor_of(engine: str, address: str, workers: int) -> Executor:
    """Who runs the shards. Raises ConfigError."""
    if engine == "local" and not address:
        return partial(in_children, workers=workers, lasts=True)
    if engine == "ray":
        from unusual.run.archive.engines.ray_tasks import in_ray

        return partial(in_ray, address=address, workers=workers)
    raise ConfigError(f"--engine is local or ray, and --address is of Ray, got {engine!r} and {address!r}")


def run_shard(out: Path, index: int, limit_s: float) -> int:
    """Judge one shard, in a process that is killed when its time is over; returns the exit code."""
    words, shard = read_words(out), shard_at(out / MANIFEST, index)
    work = words.work(out, [shard.camera])
    if work.shelf.has(shard.name):
        say(f"shard {index} is done already")
        return 0
    tasks = [shard]
    try:
        (done,) = in_children(
            lambda: tasks.pop() if tasks else None, work, lambda _: limit_s or SHARD_LIMIT_S, workers=1, lasts=True
        )
    except OutputError as error:
        warn(f"shard {index}: {error}; try again")
        return AGAIN
    if done.trouble:
        warn(f"shard {index}, {shard.stream}: {done.trouble}")
        return AGAIN if done.died else NOT_ALL
    return 0


def run_report(out: Path, workers: int) -> int:
    """Put together what is done, and report on it; returns the exit code."""
    words = read_words(out)
    cameras = models_of(out / MANIFEST)
    rules = {camera: words.rule(camera) for camera in cameras}
    home, shelf = words.home_in(out), words.shelf_in(out)
    pasts = gather(Gathering(out, shelf, home, words.named.zone), rules, say, workers or processors())
    _show(words, out, home, pasts, workers)
    given_up = quarantined(shelf)
    done = shelf.there(".parquet")
    waiting = sum(not done(shard.name) for shard in read_shards(out / MANIFEST)) - len(given_up)
    if waiting > 0:
        warn(f"{waiting} shards are not judged yet: the report is of the others")
    films = [film for film in read_films(out / FILMS) if film.state != "used" or film.words]
    view = ArchiveView(pasts, films, given_up, home, words.named.zone)
    write_archive_report(out / REPORT, view)
    print(f"{view.headline}\nreport: {out / REPORT}")
    then(f"open {out / REPORT} in a browser, or: unusual serve --home {home}")
    return NOT_ALL if given_up or waiting > 0 else 0


def _show(words: ArchiveWords, out: Path, home: Home, pasts: Sequence[CameraPast], workers: int) -> None:
    """Clips and pictures of the highest events that have none yet."""
    models = tuple((past.camera, words.model(past.camera)) for past in pasts)
    reach = {camera: model.load().scorer.reach for camera, model in models}
    enter = {past.camera: past.enter for past in pasts}
    events = [event for past in pasts for event in past.events]
    with closing(EventStore.open(home)) as store:
        bare = {event.id for event in events if not (known := store.get(event.id)) or not known.media}
    wanted = (moment for moment in moments_of(out, events, reach, enter) if moment.event.id in bare)
    with bars() as progress:
        task = progress.add_task("pictures and clips of events", total=None)
        limit_s, showing = lambda _: LIMIT_S, Showing(models, out, home)
        count = workers or processors()
        for done in in_children(partial(next, wanted, None), showing, limit_s, workers=count, lasts=True):
            progress.advance(task)
            event = done.task.event
            if done.value is None:
                warn(f"no pictures of the event at {event.event.peak_s:.1f} s of {event.shard.stream}: {done.trouble}")
            else:
                attach_media(home, event.id, done.value)
