"""Figures for people and for programs: one record of a result, in words, Markdown, CSV and HTML."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from eval.datasets import Facts
from eval.records import Dataset
from eval.runs import Result, judged_queries


def summary(result: Result, more: Mapping[str, float]) -> dict[str, Any]:
    """What `eval run --json` prints of a result; ``more`` are figures over the whole run, not means of questions."""
    scores = result.scores
    return {
        "dataset": result.manifest.dataset,
        "system": result.manifest.system,
        "queries": len(judged_queries(scores)),
        "measures": {**scores.measures, **more},
        "seconds": result.timing.total,
        "timing": asdict(result.timing),
        "footprint": result.footprint,
        "without_results": list(scores.empty),
        "self_matches_dropped": scores.self_matches,
        "ties": {name: asdict(ties) for name, ties in scores.ties.items()},
        "facts": asdict(result.facts),
        "run": result.id,
        "manifest": asdict(result.manifest),
    }


def facts_text(dataset: Dataset, facts: Facts) -> str:
    """What to know of the data before any figure, in a few lines."""
    lines = [
        f"{dataset.name} ({dataset.split}): {facts.documents} documents, {facts.judged_queries} judged of "
        f"{facts.queries} questions, {facts.judgements} judgements",
        _some("questions without a relevant document", facts.without_relevant),
        _some("judged documents not in the corpus", facts.unknown_documents),
        _some("addresses with several articles", facts.shared_addresses),
        _some("questions that another split judges too", facts.in_other_splits),
        f"  {facts.repeated_texts} repeated documents" if facts.repeated_texts else "",
        f"  {facts.repeated_queries} repeated questions" if facts.repeated_queries else "",
    ]
    return "\n".join(line for line in lines if line)


def result_text(result: Result, more: Mapping[str, float]) -> str:
    """One system's figures as a reader sees them."""
    scores, timing = result.scores, result.timing
    figures = "  ".join(f"{name} {value:.4f}" for name, value in {**scores.measures, **more}.items())
    pace = f"p50 {timing.p50 * 1000:.1f} ms, p95 {timing.p95 * 1000:.1f} ms, {timing.queries_per_second:.0f}/s"
    lines = [
        f"{result.manifest.system}  {figures}  ({pace})  run {result.id}",
        _some("questions without results, counted 0", scores.empty),
        f"  {scores.self_matches} documents that were the question itself left out" if scores.self_matches else "",
        *(f"  ties: {name} {t.worst:.4f} to {t.best:.4f}, mean {t.mean:.4f}" for name, t in scores.ties.items()),
    ]
    return "\n".join(line for line in lines if line)


def _some(what: str, ids: tuple[str, ...]) -> str:
    more = " …" if len(ids) > 5 else ""
    return f"  {len(ids)} {what}: {', '.join(ids[:5])}{more}" if ids else ""
