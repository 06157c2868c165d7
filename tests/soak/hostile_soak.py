"""Papers and pages that mean harm or came to it, by the thousand. Minutes; run by `make soak`."""

import os
import resource
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

from pages import SHAPES, first_page, page, site
from papers import REPORT, bomb, bombs

from ingest.outlinks import outlinks
from ingest.papers import MEGABYTES, PDF, SECONDS, from_pdf, read_pdf
from ingest.records import Document, Page, Unreadable
from ingest.template import learn
from service.intake import extract_all
from service.learned import Learned, Outcome

SAMPLE = Path(__file__).resolve().parents[2] / "eval" / "sample" / "site"
PAPERS, PAGES = (int(os.environ.get(name, count)) for name, count in (("PAPERS", "300"), ("PAGES", "5000")))
# Besides the reader's own limit: its start, and the second reader after the first.
LONGEST = 2 * SECONDS + 10
TOKENS = [
    *b"<!-- --> <table> <tr><td> </table> <form> </form> <svg> <template> <script> </script> <style> <title>".split(),
    *b"<![CDATA[ ]]> <?xml <!DOCTYPE \0 \1 \xff \xed\xa0\x80 \xe2\x80\xae &#x110000; &#1; &lt <a <h1>".split(),
    b"<p " + b"a=b " * 2_000,
    b"<div>" * 3_000,
    b"</div>" * 200,
    b"<meta charset=utf-16>",
    b"<meta http-equiv=refresh content='0;url=//['>",
    b"<base href='http://[::1'>",
    b"<time datetime=99999-99-99>",
    b'<script type="application/ld+json">{"@graph": [[[',
    b"31 February 2019 ",
    "\u202e\u200d\u0301".encode() * 500,
]
NUMBERS = (b"-1", b"0", b"2147483647", b"4294967296", b"99999999999999999999", b"1e309")


def harmed(body: bytes, chance: Random, others: Sequence[bytes], tokens: Sequence[bytes]) -> bytes:
    """``body`` after one to eight accidents: bytes changed, cut, doubled, moved, another's put in, words put in."""
    for _ in range(chance.randint(1, 8)):
        a, b = sorted(chance.randrange(len(body) + 1) for _ in range(2))
        b = min(b, a + chance.choice((1, 8, 64, 1024, 1 << 20)))
        other = chance.choice(others)
        start = chance.randrange(len(other))
        body = chance.choice(
            (
                lambda a=a, b=b, body=body: body[:a] + chance.randbytes(min(b - a, 64)) + body[b:],
                lambda a=a, b=b, body=body: body[:a] + body[b:],
                lambda a=a, b=b, body=body: body[:b] + body[a:],
                lambda a=a, b=b, body=body: body[b:] + body[:a],
                lambda a=a, body=body, other=other, start=start: body[:a] + other[start : start + 2000] + body[a:],
                lambda a=a, body=body: body[:a] + chance.choice(tokens) + body[a:],
            )
        )()
        body = body or b"x"
    return body


def told(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How many became documents, and by which rules the others did not; each of those has a reason with a remedy."""
    assert all(isinstance(one, Document) or (one.rule and len(one.reason) > 15) for one in outcomes)
    return Counter(one.rule if isinstance(one, Unreadable) else "document" for one in outcomes)


def held() -> float:
    """The most MiB that this process has held since it was last asked."""
    most = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    Path("/proc/self/clear_refs").write_text("5")
    return most


def timed(body: bytes) -> tuple[Outcome, float]:
    started = time.monotonic()
    target = Page("https://example.org/a.pdf", 200, {"content-type": PDF}, body, page("").fetched_at)
    return from_pdf(target), time.monotonic() - started


def read(papers: Sequence[bytes], kind: str) -> Counter[str]:
    """Read papers two at a time, within the limits on time and memory."""
    held()
    before = held()
    with ThreadPoolExecutor(2) as two:
        outcomes, seconds = zip(*two.map(timed, papers), strict=True)
    counts, more = told(outcomes), held() - before
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\n{len(papers)} {kind}: {dict(counts)}; longest {max(seconds):.1f} s, all {sum(seconds):.0f} s; ", end="")
    print(f"this process at most {more:.0f} MiB more, a reader at most {largest:.0f} MiB")
    assert max(seconds) <= LONGEST and largest <= MEGABYTES
    return counts


def test_three_hundred_damaged_papers_are_read_or_refused_with_a_reason() -> None:
    chance, whole = Random(300), [REPORT, *(file.read_bytes() for file in sorted(SAMPLE.rglob("*.pdf")))]
    tokens = [*NUMBERS, b"endobj", b"endstream", b"stream\n", b"<<", b"[" * 5_000, b"R ", b"/Kids [2 0 R]", b"xref\n"]
    counts = read([harmed(chance.choice(whole), chance, whole, tokens) for _ in range(PAPERS)], "damaged papers")
    assert counts["document"] and counts["broken-pdf"]


def test_twenty_bombs_in_papers_are_refused_within_the_limits() -> None:
    made = [body for _, body in bombs()]
    assert len(made) >= 20
    assert read(made, "bombs in papers")["limit-hit"] >= 8


def test_five_thousand_damaged_pages_are_read_or_refused_with_a_reason() -> None:
    chance, sites = Random(5000), [[target for _, target in site(shape)] for shape in SHAPES]
    templates = [learn(pages) for pages in sites]
    whole = [[each.body for each in pages] + [first_page().encode()] for pages in sites]
    every = [body for bodies in whole for body in bodies]
    for number, (template, bodies) in enumerate(zip(templates, whole, strict=True)):
        damaged = [harmed(chance.choice(bodies), chance, every, TOKENS) for _ in range(-(-PAGES // len(sites)))]
        kinds = ("text/html; charset=utf-8", "text/html", "text/html; charset=utf-16", "application/xhtml+xml", "")
        made = [
            Page(f"https://example.org/{at}", 200, {"content-type": chance.choice(kinds)}, body, page("").fetched_at)
            for at, body in enumerate(damaged)
        ]
        started = time.monotonic()
        for each in made:
            outlinks(each)
        seen = time.monotonic() - started
        learned = Learned({"example.org": template} if number % 2 else {})
        held()
        before = held()
        counts = told(list(extract_all(made, learned)))
        took = time.monotonic() - started - seen
        print(f"\n{SHAPES[number].__name__}: {dict(counts)}; links {seen:.1f} s, ", end="")
        print(f"text {took:.1f} s; this process at most {held() - before:.0f} MiB more")
        assert counts.total() == len(made)
        assert counts["document"] > counts.total() // 2


def test_a_reader_without_the_limit_on_memory_is_found_out() -> None:
    read_pdf(bomb(2048 << 20), megabytes=2 * MEGABYTES)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 > MEGABYTES
