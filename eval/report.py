"""What is told of results: one line for programs, a few for people, and reports that compare."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eval.compare import Comparison, compare_runs, shared_measures
from eval.datasets import Facts
from eval.errors import NotComparable
from eval.measures import known_measures, score_run
from eval.page import Place, Question, Report, Table
from eval.plots import Shape
from eval.records import Dataset, Run, Terms, Text
from eval.runs import Result, judged_queries
from eval.speed import Figure

DEPTHS = (1, 2, 5, 10, 20, 50, 100)
MOST_QUESTIONS = 100
TOP = 10
_TESTED = ("baseline_mean", "other_mean", "difference", "low", "high", "effect", "p_randomisation", "p_t", "p_holm")

Kept = tuple[Result, Run]
Rows = Iterable[tuple[str, Iterable[float]]]


def make_report(kept: Sequence[Kept], dataset: Dataset, texts: Mapping[str, Text]) -> Report:
    """The report on runs over one data set, each compared with the first; every figure is rounded here, once.

    ``texts`` are the documents by id, for the questions that the runs answer most differently. Raises NotComparable.
    """
    results = [result for result, _ in kept]
    first, *others = results
    if dataset.sha256 != first.manifest.files:
        raise NotComparable("the data set as it was measured", "other bytes", "Make the runs again.")
    compared = compare_runs(results) if others else []
    names = shared_measures(results)
    questions = _questions(kept, names[0], dataset, texts)
    told = f"{len(questions)} of these questions are told one by one: first where the runs differ most, then the worst."
    return Report(
        title=f"{dataset.name} ({dataset.split}), {first.facts.judged_queries} questions",
        notes=(*(f"{one.verdict}." for one in compared), told),
        tables=(
            _figures(results, names),
            _recall(kept, dataset),
            *([_tests(compared)] if compared else []),
            *(_differences(first, other, names[0]) for other in others),
        ),
        runs=tuple(map(_name, results)),
        questions=questions,
    )


def report_answers(figures: Mapping[str, Any]) -> Report:
    """The report on what `eval answers` measured; a figure that nothing could be meant over is left out."""
    single = [(name, (value,)) for name, value in figures.items() if isinstance(value, int | float)]
    coverage, risk = zip(*figures["risk_coverage"], strict=True)
    reading = "To the right the share of questions answered, the surest first; upwards how many of them are wrong."
    return Report(
        title=f"Answers on {figures['dataset']} ({figures['split']})",
        notes=(f"Generation {figures['generation']}.",),
        tables=(
            _table("Figures", ["figure"], single),
            _table("States", ["questions"], [(name, (count,)) for name, count in figures["states"].items()]),
            _table("Risk and coverage", [f"{part:.2f}" for part in coverage], [("risk", risk)], Shape.LINES, reading),
        ),
    )


def report_speed(figures: Sequence[Figure]) -> Report:
    """The report on what `eval speed` measured: all of it, and what each thing takes by the number of passages."""
    told = [_said(one.what, f"{one.passages:,} passages" * bool(one.passages), one.system, one.unit) for one in figures]
    every = zip(told, ((one.p50, one.p95, one.p99, one.ratio) for one in figures), strict=True)
    sizes = sorted({one.passages for one in figures} - {0})
    taken: defaultdict[tuple[str, str], defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for one in sorted(figures, key=lambda one: one.passages):
        if one.passages:
            taken[one.what, one.unit][one.system].append(one.p50)
    shape = Shape.LINES if len(sizes) > 1 else None
    reading = "To the right more passages, upwards the median: a line that stays flat costs the same at any size."
    names = [f"{size:,}" for size in sizes]
    grown = (_table(_said(*what), names, its.items(), shape, reading) for what, its in taken.items())
    return Report("What things take", (), (_table("Figures", ["p50", "p95", "p99", "ratio"], every), *grown))


def _said(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def summary(result: Result, more: Mapping[str, float]) -> dict[str, Any]:
    """What `eval run --json` prints of a result; ``more`` are figures over the whole run, not means of questions."""
    scores = result.scores
    return {
        "dataset": result.manifest.dataset,
        "system": result.manifest.system,
        "queries": len(judged_queries(scores)),
        "measures": {**scores.measures, **more},
        "seconds": result.timing.total,
        "timing": result.timing,
        "footprint": result.footprint,
        "without_results": list(scores.empty),
        "self_matches_dropped": scores.self_matches,
        "ties": scores.ties,
        "facts": result.facts,
        "run": result.id,
        "manifest": result.manifest,
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
    p50, p95, p99 = (f"{seconds * 1000:.1f}" for seconds in (timing.p50, timing.p95, timing.p99))
    pace = f"p50 {p50}, p95 {p95}, p99 {p99} ms, {timing.queries_per_second:.0f}/s"
    sizes = {name.removesuffix("_bytes").replace("_", " "): size for name, size in result.footprint.items() if size}
    taken = "".join(f"; {name} {size / 2**20:.1f} MiB" for name, size in sizes.items())
    lines = [
        f"{result.manifest.system}  {figures}  ({pace}{taken})  run {result.id}",
        _some("questions without results, counted 0", scores.empty),
        f"  {scores.self_matches} documents that were the question itself left out" if scores.self_matches else "",
        *(f"  ties: {name} {t.worst:.4f} to {t.best:.4f}, mean {t.mean:.4f}" for name, t in scores.ties.items()),
    ]
    return "\n".join(line for line in lines if line)


def _table(caption: str, columns: Sequence[str], rows: Rows, shape: Shape | None = None, reading: str = "") -> Table:
    rounded = tuple((name, tuple(map(_round, figures))) for name, figures in rows)
    return Table(caption, tuple(columns), rounded, shape, reading)


def _round(figure: float) -> float:
    """To four significant digits; a count stays whole."""
    return figure if isinstance(figure, int) else float(f"{figure:.4g}")


def _figures(results: Sequence[Result], names: Sequence[str]) -> Table:
    columns = ("p50 ms", *names, "p95 ms", "p99 ms", "questions/s")
    rows = []
    for one in results:
        p50, p95, p99 = (1000 * seconds for seconds in (one.timing.p50, one.timing.p95, one.timing.p99))
        figures = (p50, *(one.scores.measures[name] for name in names), p95, p99, one.timing.queries_per_second)
        rows.append((_name(one), figures))
    reading = f"To the right the median time of a question in milliseconds, upwards {names[0]}: best is top left."
    return _table("Quality against time", columns, rows, Shape.DOTS, reading)


def _recall(kept: Sequence[Kept], dataset: Dataset) -> Table:
    depths = [depth for depth in DEPTHS if depth <= min(result.manifest.terms.depth for result, _ in kept)]
    recalls = known_measures(dataset.qrels, Terms(measures=tuple(f"R@{depth}" for depth in depths)))
    rows = [(_name(result), score_run(dataset.qrels, run, recalls).measures.values()) for result, run in kept]
    reading = "To the right how many results are looked at, upwards the share of all relevant documents among them."
    return _table("Recall by depth", list(map(str, depths)), rows, Shape.LINES, reading)


def _tests(compared: Sequence[Comparison]) -> Table:
    rows = [(f"{one.other} in {one.measure}", [getattr(one, name) for name in _TESTED]) for one in compared]
    return _table(f"Compared with {compared[0].baseline}", _TESTED, rows)


def _differences(first: Result, other: Result, name: str) -> Table:
    ours, theirs = first.scores.per_query[name], other.scores.per_query[name]
    told = {query: (ours[query], theirs[query], theirs[query] - ours[query]) for query in ours}
    rows = sorted(told.items(), key=lambda row: row[1][-1])
    better, worse = (sum(sign * figures[-1] > 0 for _, figures in rows) for sign in (1, -1))
    reading = (
        f"A bar for each question, from the greatest loss to the greatest gain in {name}: "
        f"{worse} lose, {better} gain, {len(rows) - better - worse} stay equal."
    )
    columns = (_name(first), _name(other), "difference")
    return _table(f"{_name(other)}, question by question", columns, rows, Shape.BARS, reading)


def _name(result: Result) -> str:
    return f"{result.manifest.system} {result.id}"


def _questions(kept: Sequence[Kept], name: str, dataset: Dataset, texts: Mapping[str, Text]) -> tuple[Question, ...]:
    scores = [result.scores.per_query[name] for result, _ in kept]
    figures = {query: tuple(_round(one[query]) for one in scores) for query in scores[0]}
    order = sorted(figures, key=lambda query: (min(figures[query]) - max(figures[query]), min(figures[query])))
    runs = [run for _, run in kept]
    return tuple(_question(dataset, query, figures[query], runs, texts) for query in order[:MOST_QUESTIONS])


def _question(
    dataset: Dataset, query: str, figures: tuple[float, ...], runs: Sequence[Run], texts: Mapping[str, Text]
) -> Question:
    grades = dataset.qrels[query]

    def places(ids: Iterable[str]) -> tuple[Place, ...]:
        found = ((id, texts.get(id, Text(id, "", ""))) for id in ids)
        return tuple(Place(id, one.title, one.text, grades.get(id)) for id, one in found)

    judged = sorted(grades, key=lambda id: -grades[id])[:TOP]
    first = (sorted(run.get(query, {}).items(), key=lambda item: -item[1])[:TOP] for run in runs)
    rankings = tuple(places(id for id, _ in ranking) for ranking in first)
    return Question(query, dataset.queries[query].text, figures, places(judged), rankings)


def _some(what: str, ids: tuple[str, ...]) -> str:
    more = " …" if len(ids) > 5 else ""
    return f"  {len(ids)} {what}: {', '.join(ids[:5])}{more}" if ids else ""
