"""`muniment eval speed`: what things take, beside what others take for the same."""

import re
from collections.abc import Iterator
from pathlib import Path

import click

from eval.commands.reports import OUT, write
from eval.errors import EvalError
from eval.peers import CORPUS_PEERS
from eval.report import report_speed
from eval.speed import Figure, corpus_of, editing, encoding, grown, indexing, recalling, searching, sizes
from service.commands.options import Call, progress, showing
from service.home import Home
from service.intake import Progress

# Passages encoded and indexed to compare by, and questions put to each size.
ENCODED, ASKED = 256, 300
# Without what a query would take for an operator.
_WORD = re.compile(r"\w+")


@click.command("speed")
@click.option("--passages", "counts", multiple=True, type=click.IntRange(100), help="A size to measure; repeatable.")
@click.option("--peer", "peers", multiple=True, type=click.Choice(list(CORPUS_PEERS)), help="Whom to measure beside.")
@OUT
@showing
def command(call: Call, counts: tuple[int, ...], peers: tuple[str, ...], out: tuple[Path, ...]) -> None:
    """Time encoding, publishing, searching and serving over the publications of a home.

    Sizes beyond what the home has are filled with passages recombined from it. Questions are the words of its titles.
    A report (--out) draws what each thing takes against the sizes.
    """
    measured = []
    with progress() as report:
        for figure in _figures(call.begin(), counts or (10_000,), peers, report):
            call.show(figure, _line(figure))
            measured.append(figure)
    write(report_speed(measured), out)


def _figures(home: Home, counts: tuple[int, ...], peers: tuple[str, ...], report: Progress) -> Iterator[Figure]:
    # Read late: of all that `muniment eval` can do only this needs an HTTP client.
    from eval.load import serving

    texts = corpus_of(home).texts
    if not texts:
        raise EvalError("a home with publications", f"none in {home.path}", "Crawl a site or add a folder first.")
    titles = (text.partition("\n")[0] for text in texts[:: max(len(texts) // ASKED, 1)])
    questions = [" ".join(_WORD.findall(title)) for title in titles][:ASKED]
    yield from encoding(home, texts[:: max(len(texts) // ENCODED, 1)][:ENCODED], questions)
    yield from indexing(home, ENCODED, peers)
    for count in counts:
        larger = grown(home, count, report)
        yield from searching(larger, count, questions, peers)
        yield from serving(larger, count, questions)
        yield from recalling(larger, count, questions)
        yield from sizes(larger, count)
        yield from editing(larger, count)


def _line(figure: Figure) -> str:
    times = f"{figure.p50:.6g} / {figure.p95:.6g} / {figure.p99:.6g} {figure.unit}"
    return f"{figure.passages:>9,}  {figure.what:32}  {figure.system:22}  {times}  x{figure.ratio:.2f}"
