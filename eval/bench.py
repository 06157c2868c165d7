"""Putting the judged questions of a data set to a system, with a clock beside it."""

import importlib.metadata
import os
import platform
import resource
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from eval.datasets import describe
from eval.homes import Workshop
from eval.lines import digest
from eval.measures import drop_self_matches, score_run
from eval.records import Query, Run, Terms, Timing
from eval.runs import Manifest, Result, run_id
from eval.systems import System
from eval.trec import format_run
from service.intake import Progress

_ROOT = Path(__file__).resolve().parents[1]


def measure(
    workshop: Workshop, asked: str, terms: Terms, clock: Callable[[], float], progress: Progress
) -> tuple[Result, Run]:
    """Put the judged questions of the workshop's data set to the system ``asked`` for; time and score its answers."""
    _forget_peak()
    dataset, system = workshop.dataset, workshop.open(asked)
    run, taken = run_queries(system, dataset.judged, terms.depth, clock, progress)
    kept, dropped = (run, 0) if terms.keep_self else drop_self_matches(dataset, run)
    manifest = _manifest(workshop, system, asked, terms, kept)
    result = Result(
        id=run_id(manifest),
        manifest=manifest,
        facts=describe(dataset),
        scores=score_run(dataset.qrels, kept, terms, dropped),
        timing=taken,
        footprint={"peak_memory_bytes": _peak_memory(), "index_bytes": system.index_bytes},
    )
    return result, kept


def run_queries(
    system: System, queries: Sequence[Query], depth: int, clock: Callable[[], float], progress: Progress
) -> tuple[Run, Timing]:
    """The run over ``queries`` in their order. The first question is asked once before, unmeasured, to warm up."""
    run: Run = {}
    seconds = []
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
