"""The registry: every run kept once under an id of its content, with all it takes to make it again.

``<id>/run.trec`` and ``result.json`` are never rewritten; ``log.jsonl`` gains a line each time a run is made.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from eval.datasets import Facts
from eval.errors import BadData
from eval.lines import digest
from eval.measures import Scores
from eval.records import Run, Terms, Timing
from eval.trec import format_run, read_run


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


def run_id(manifest: Manifest) -> str:
    """16 hexadecimal digits over what was measured and what came out; not over where and when."""
    parts = (manifest.files, manifest.split, manifest.system, manifest.settings, manifest.terms, manifest.run_sha256)
    return digest(msgspec.json.encode(parts, order="sorted"))[:16]


def keep_run(registry: Path, result: Result, run: Run, now: datetime) -> Path:
    """Add a run to the registry; returns its folder. A run of equal content is there already and stays as it is."""
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
    return folder


def load_result(registry: Path, id: str) -> Result:
    """A kept run by its id, or a result.json by its path. Raises BadData where there is none or it was altered."""
    path = _result_file(registry, id)
    if not path.is_file():
        known = ", ".join(sorted(folder.name for folder in registry.glob("*/"))[:5]) or "an empty registry"
        raise BadData(path, None, "a kept run", known, "Name a run by the id that `eval run` printed.")
    try:
        result = msgspec.json.decode(path.read_bytes(), type=Result)
    except msgspec.DecodeError as error:
        raise BadData(path, None, "a result as it was written", str(error), "Make the run again.") from None
    run = path.with_name("run.trec")
    if run.is_file() and digest(run.read_bytes()) != result.manifest.run_sha256:
        raise BadData(run, None, "the run as it was kept", "other bytes", "Make the run again.")
    return result


def load_run(registry: Path, id: str) -> Run:
    """The rankings of a kept run; questions that found nothing are there with an empty ranking."""
    scores = load_result(registry, id).scores
    path = _result_file(registry, id).with_name("run.trec")
    run = read_run(path)[0] if path.stat().st_size else {}
    return {query: run.get(query, {}) for query in judged_queries(scores)}


def _result_file(registry: Path, id: str) -> Path:
    return Path(id) if id.endswith(".json") else registry / id / "result.json"


def judged_queries(scores: Scores) -> tuple[str, ...]:
    """The questions that the figures are means over."""
    return tuple(next(iter(scores.per_query.values())))
