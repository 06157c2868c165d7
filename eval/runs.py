"""Runs: the judged questions of a data set put to a system, with a clock beside it, and the registry that keeps them.

A run is kept once under an id of its content, with all it takes to make it again: ``<id>/run.trec`` and ``result.json``
are never rewritten; ``log.jsonl`` gains a line each time a run is made.
"""

import importlib.metadata
import os
import platform
import resource
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from eval.datasets import Facts, describe
from eval.errors import BadData
from eval.homes import Workshop
from eval.lines import digest
from eval.measures import Scores, drop_self_matches, known_measures, score_run
from eval.records import Query, Run, Terms, Timing
from eval.systems import System
from eval.trec import format_run, read_run
from service.intake import Progress

_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run is made of. Equal manifests promise equal run files on one machine.

    ``asked`` names the system as ``Workshop.open`` knows it, ``system`` as reports do. ``program`` names the commit
    ("+" where files differ from it) and hashes the lock and the installed packages. Hashes are SHA-256.
    """

    dataset: str
    path: str
    split: str
    home: str
    files: dict[str, str]
    system: str
    asked: str
    settings: dict[str, Any]
    terms: Terms
    program: dict[str, str]
    machine: dict[str, str]
    run_sha256: str
    audience: str = "public"


@dataclass(frozen=True, slots=True)
class Result:
    """One run with its figures: the JSON that every report is made from."""

    id: str
    manifest: Manifest
    facts: Facts
    scores: Scores
    timing: Timing
    footprint: dict[str, int]


def measure(
    workshop: Workshop, asked: str, terms: Terms, clock: Callable[[], float], progress: Progress
) -> tuple[Result, Run]:
    """Put the judged questions of the workshop's data set to the system ``asked`` for; time and score its answers."""
    _forget_peak()
    dataset = workshop.dataset
    measures = known_measures(dataset.qrels, terms)  # what cannot be measured is told before the work
    system = workshop.open(asked)
    # One more where a question may find itself: a ranking is as deep without it as any other.
    deeper = not terms.keep_self and not dataset.corpus.keys().isdisjoint(dataset.qrels)
    run, taken = run_queries(system, dataset.judged, terms.depth + deeper, clock, progress)
    kept, dropped = (run, 0) if terms.keep_self else drop_self_matches(dataset, run)
    kept = {query: dict(list(ranking.items())[: terms.depth]) for query, ranking in kept.items()}
    manifest = _manifest(workshop, system, asked, terms, kept)
    result = Result(
        id=run_id(manifest),
        manifest=manifest,
        facts=describe(dataset),
        scores=score_run(dataset.qrels, kept, measures, terms.seed, dropped),
        timing=taken,
        footprint={"peak_memory_bytes": _peak_memory(), "index_bytes": system.index_bytes},
    )
    return result, kept


def run_queries(
    system: System, queries: Sequence[Query], depth: int, clock: Callable[[], float], progress: Progress
) -> tuple[Run, Timing]:
    """The run over ``queries`` in their order. The first question is asked once before, unmeasured, to warm up."""
    run, seconds = Run(), list[float]()
    system.rank(queries[0], depth)
    for done, query in enumerate(queries, 1):
        start = clock()
        ranking = system.rank(query, depth)
        seconds.append(clock() - start)
        run[query.id] = dict(ranking)
        progress(system.name, done, len(queries))
    return run, timing(seconds)


def timing(seconds: Sequence[float]) -> Timing:
    """Percentiles by linear interpolation; the rate is that of one client that never pauses."""
    total = sum(seconds)
    p50, p95, p99 = (float(value) for value in np.percentile(seconds, [50, 95, 99]))
    return Timing(total, p50, p95, p99, len(seconds) / total if total else 0.0)


def run_id(manifest: Manifest) -> str:
    """16 hexadecimal digits over what was measured and what came out; not over where and when."""
    parts = (manifest.files, manifest.split, manifest.system, manifest.settings, manifest.terms, manifest.run_sha256)
    return digest(msgspec.json.encode(parts, order="sorted"))[:16]


def keep_run(registry: Path, result: Result, run: Run, now: datetime) -> None:
    """Add a run to the registry. A run of equal content is there already and stays as it is."""
    folder = registry / result.id
    if not folder.is_dir():
        building = registry / f"{result.id}.{os.getpid()}.tmp"
        building.mkdir(parents=True)
        (building / "run.trec").write_text(format_run(run, result.manifest.system), encoding="utf-8")
        (building / "result.json").write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1))
        building.rename(folder)
    entry = {"at": now.isoformat(), "run": result.id, "timing": result.timing}
    with (registry / "log.jsonl").open("ab") as log:
        log.write(msgspec.json.encode(entry) + b"\n")


def load_result(registry: Path, id: str) -> Result:
    """A kept run by its id, or a result.json by its path. Raises BadData where there is none or it was altered."""
    path = _result_file(registry, id)
    if not path.is_file():
        known = ", ".join(sorted(folder.name for folder in registry.glob("*/"))[:5]) or "an empty registry"
        raise BadData(path, None, "a kept run", known, "Name a run by the id that `eval run` printed.")
    try:
        result = msgspec.json.decode(path.read_bytes(), type=Result)
    except ValueError as error:
        raise BadData(path, None, "a result as it was written", str(error), "Make the run again.") from None
    run = path.with_name("run.trec")
    if run.is_file() and digest(run.read_bytes()) != result.manifest.run_sha256:
        raise BadData(run, None, "the run as it was kept", "other bytes", "Make the run again.")
    return result


def load_run(registry: Path, id: str) -> tuple[Result, Run]:
    """A kept run with its rankings; questions that found nothing are there with an empty ranking."""
    result = load_result(registry, id)
    path = _result_file(registry, id).with_name("run.trec")
    run = read_run(path)[0] if path.stat().st_size else {}
    return result, {query: run.get(query, {}) for query in judged_queries(result.scores)}


def _result_file(registry: Path, id: str) -> Path:
    return Path(id) if id.endswith(".json") else registry / id / "result.json"


def judged_queries(scores: Scores) -> tuple[str, ...]:
    """The questions that the figures are means over."""
    return tuple(next(iter(scores.per_query.values())))


def _forget_peak() -> None:
    # Linux alone can: elsewhere a peak is that of all systems so far.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _manifest(workshop: Workshop, system: System, asked: str, terms: Terms, run: Run) -> Manifest:
    dataset = workshop.dataset
    return Manifest(
        dataset=dataset.name,
        path=str(dataset.folder.resolve()),
        split=dataset.split,
        home=str(workshop.outer.path.resolve()),
        files=dataset.sha256,
        system=system.name,
        asked=asked,
        settings=system.settings,
        terms=terms,
        program=_program(),
        machine=_machine(),
        run_sha256=digest(format_run(run, system.name)),
        audience=workshop.audience.value,
    )


def _program() -> dict[str, str]:
    lock = _ROOT / "requirements.lock"
    packages = sorted(f"{one.name}=={one.version}" for one in importlib.metadata.distributions())
    changed = "+" if _git("status", "--porcelain", "--untracked-files=no") else ""
    return {
        "commit": _git("rev-parse", "HEAD") + changed,
        "lock": digest(lock.read_bytes()) if lock.is_file() else "",
        "packages": digest("\n".join(packages)),
    }


def _git(*command: str) -> str:
    try:
        return subprocess.run(["git", *command], cwd=_ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _machine() -> dict[str, str]:
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": str(os.cpu_count()),
        "python": platform.python_version(),
    }
