"""How a publication is cited, where a citation opens, and the source cards of an answer.

A field that is not known is left out, never invented.
"""

import re
from dataclasses import dataclass
from datetime import date
from itertools import product
from urllib.parse import quote as percent
from urllib.parse import urldefrag, urlencode

from markupsafe import Markup

from index.records import Card, FoundPassage
from index.search import Searcher
from ingest.records import DateSpan, Document, Kind, Precision
from service.present import body, context, day, outward, published
from service.records import Answer, Citation

# How many words name a beginning and an end, and how many tell one place from another.
_EDGE_WORDS, _TELLING_WORDS = (5, 15), 3
_CONTEXT = 300
# Lines, and the cells of a row: what parts them in the text does not stand on the page.
_BREAKS = re.compile(r"(?<!\S)\|(?!\S)|\n")
_BODY = re.compile(r".*(?:,| (?:and|for|of|the) ).*")
_LATEX = {c: "\\" + c for c in "&%$#_{}"} | {"\\": r"\textbackslash{}", "~": r"\~{}", "^": r"\^{}"}


def place(
    card: Card | Document, words: str, anchor: str | None = None, page: int | None = None, text: str = "", at: int = 0
) -> str:
    """The address that opens a publication at these words, which begin ``at`` this place of its whole ``text``.

    A PDF opens at its page; a web page at the words by a text fragment (WICG Scroll-to-Text-Fragment), which
    falls back to the page's own anchor in a browser that knows none. Without ``text`` the like before them may open.
    """
    bare = urldefrag(card.url).url
    if page is not None:
        return f"{bare}#page={page}"
    if card.media_type != "text/html" or not words.strip():
        return f"{bare}#{anchor}" if anchor else bare
    return f"{bare}#{anchor or ''}:~:text={_fragment(words, text or words, at)}"


def place_of(card: Card, found: FoundPassage) -> str:
    """The address that opens a publication at a passage that was found in it."""
    return place(card, body(found.text, found.heading), found.anchor, found.page)


def _fragment(words: str, text: str, at: int) -> str:
    """The first of few of these words, more, and some with their neighbours that opens at them; else the few.

    A cell of a word or two may stand in the page's own head as well, which is in no text: it goes after its neighbour.
    """
    blocks, end = _blocks(words) or [words.split()], at + len(words.rstrip("| \n"))
    before, after = _blocks(text[max(0, at - _CONTEXT) : at])[-1:], _blocks(text[end : end + _CONTEXT])[:1]
    beside = product(([], *after), ([], *before), _EDGE_WORDS)
    tries = [_directive(blocks, prefix, suffix, edge) for suffix, prefix, edge in beside]
    tries.sort(key=lambda one: -min(len(one[0] + one[1]), _TELLING_WORDS))
    prefix, first, last, suffix = map(_encoded, next((one for one in tries if _opens(one, text, at, end)), tries[0]))
    return ",".join(filter(None, (prefix and f"{prefix}-", first, last, suffix and f"-{suffix}")))


def _blocks(text: str) -> list[list[str]]:
    return [block.split() for block in _BREAKS.split(text) if block.strip()]


def _directive(blocks: list[list[str]], before: list[str], after: list[str], edge: int) -> tuple[list[str], ...]:
    whole = len(blocks) == 1 and len(blocks[0]) <= 2 * edge
    first, last = (blocks[0], []) if whole else (blocks[0][:edge], blocks[-1][-edge:])
    return before[-edge:], first, last, after[:edge]


def _opens(directive: tuple[list[str], ...], text: str, at: int, end: int) -> bool:
    """Whether a browser marks ``text`` from ``at`` to ``end``: the first start that an end follows, up to the first.

    Each is looked for within one block, whatever its case; what stands beside them may stand in another. Where they are
    the edges of the whole text, and stand in it once, there is nothing to look for.
    """
    if end - at == len(text) and _once(directive, text):
        return True
    prefix, first, last, suffix = (r"\s+".join(map(re.escape, part)) for part in directive)
    said = rf"{first}(?!\w).*?(?<!\w){last}" if last else first
    found = re.search(rf"(?<!\w){prefix}[\s|]*({said})[\s|]*{suffix}(?!\w)", text, re.DOTALL | re.IGNORECASE)
    return found is not None and at <= found.start(1) and found.end(1) == end


def _once(directive: tuple[list[str], ...], text: str) -> bool:
    said, edges = " ".join(text.lower().split()), (" ".join(part).lower() for part in directive if part)
    # Counting would take what overlaps for one.
    return all(0 <= said.find(edge) == said.rfind(edge) for edge in edges)


def _encoded(words: list[str]) -> str:
    return percent(" ".join(words), safe="").replace("-", "%2D")


@dataclass(frozen=True, slots=True)
class Reference:
    """One publication to be cited: who publishes it, which page of it, and when it was looked at."""

    card: Card
    publisher: str
    accessed: date
    page: int | None = None

    @property
    def authors(self) -> tuple[str, ...]:
        """Those who wrote it, where they are others than the publisher."""
        return tuple(author for author in self.card.authors if author != self.publisher)

    @property
    def address(self) -> str:
        """Where others can read it, or "" where that is not on the web."""
        return outward(self.card.url) or ""

    @property
    def year(self) -> str:
        """The year of publication, or "" where it is not known."""
        first = self.card.published.first
        return str(first.year) if first else ""


def plain(ref: Reference) -> str:
    """For a letter or a minute: title, publisher, date, page, address."""
    when = "" if ref.card.published.first is None else f", {published(ref.card.published)}"
    page = f", p. {ref.page}" if ref.page else ""
    return f"“{ref.card.title}”, {ref.publisher}{when}{page}. {ref.address}".rstrip()


def harvard(ref: Reference) -> str:
    """Author-date style, with "no date" where there is none."""
    who = _listed(ref.authors) or ref.publisher
    by = f" {ref.publisher}." if ref.authors else ""
    page = f", p. {ref.page}" if ref.page else ""
    where = f" Available at: {ref.address} (Accessed: {day(ref.accessed)})." if ref.address else ""
    return f"{who} ({ref.year or 'no date'}) {ref.card.title}{page}.{by}{where}"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def bibtex(ref: Reference) -> str:
    """A @misc entry, its text escaped for LaTeX."""
    fields = {
        "title": f"{{{_latex(ref.card.title)}}}",
        # Of a body BibTeX would make several persons, or one whose last name is that of "Libraries".
        "author": " and ".join(_BODY.sub(r"{\g<0>}", _latex(name)) for name in ref.authors),
        "publisher": _latex(ref.publisher),
        "year": ref.year,
        "month": _known(ref.card.published, "%m", Precision.MONTH),
        "day": _known(ref.card.published, "%d"),
        "pages": str(ref.page or ""),
        "url": ref.address,
        "urldate": ref.accessed.isoformat() if ref.address else "",
    }
    body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{_key(ref)},\n{body}}}\n"


def _known(span: DateSpan, pattern: str, *coarser: Precision) -> str:
    exact = span.precision in {Precision.DAY, *coarser}
    return f"{span.first:{pattern}}" if span.first and exact else ""


def _latex(text: str) -> str:
    return "".join(_LATEX.get(c, c) for c in text)


def _key(ref: Reference) -> str:
    words = re.findall(r"[a-z]{4,}", ref.card.title.lower())[:2]
    return "-".join([*words, *filter(None, [ref.year]), ref.card.id[:4]])


def ris(ref: Reference) -> str:
    """An RIS record for reference managers."""
    fields = (
        ("TY", "RPRT" if ref.card.kind in {Kind.REPORT, Kind.POSITION} else "ELEC"),
        ("TI", ref.card.title),
        *(("AU", author) for author in ref.authors),
        ("PB", ref.publisher),
        ("PY", ref.year),
        ("DA", _ris_date(ref.card.published)),
        ("SP", str(ref.page or "")),
        ("LA", ref.card.lang),
        ("UR", ref.address),
        ("Y2", f"{ref.accessed:%Y/%m/%d}/" if ref.address else ""),
    )
    return "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in fields if value) + "ER  - \r\n"


def _ris_date(span: DateSpan) -> str:
    season = published(span).rpartition(" ")[0] if span.precision is Precision.SEASON else ""
    return f"{span.first:%Y}/{_known(span, '%m', Precision.MONTH)}/{_known(span, '%d')}/{season}" if span.first else ""


@dataclass(frozen=True, slots=True)
class Source:
    """A publication, or one page of it, with all that an answer quotes from there and the ways to cite it.

    Each citation comes with the words around its quote, in which that is marked.
    """

    document: Card
    page: int | None
    quoted: tuple[tuple[Citation, Markup], ...]
    formats: tuple[tuple[str, str], ...]


def sources(answer: Answer, searcher: Searcher, publisher: str, today: date) -> tuple[Source, ...]:
    """The cards of an answer, in the order in which it first quotes from them."""
    cards: dict[tuple[str, int | None], list[Citation]] = {}
    for cited in answer.citations:
        cards.setdefault((cited.document.id, cited.page), []).append(cited)
    return tuple(
        Source(
            document=group[0].document,
            page=group[0].page,
            quoted=tuple((cited, _around(cited, searcher)) for cited in group),
            formats=formats(group[0].document, publisher, today, group[0].page),
        )
        for group in cards.values()
    )


def _around(cited: Citation, searcher: Searcher) -> Markup:
    held = searcher.document(cited.document.id, cited.version)
    assert held is not None, "what is cited was compared with it"
    return context(held, (cited.start, cited.end), _CONTEXT)


def formats(card: Card, publisher: str, today: date, page: int | None = None) -> tuple[tuple[str, str], ...]:
    """The ways to cite a publication, each with its name."""
    ref = Reference(card, publisher, today, page)
    return (("Plain", plain(ref)), ("Harvard", harvard(ref)), ("BibTeX", bibtex(ref)), ("RIS", ris(ref)))


def stored_address(base: str, document: str, version: str, start: int, end: int) -> str:
    """The address of the stored text with the words from start to end marked and in view."""
    query = urlencode({"version": version, "start": start, "end": end})
    return f"{base}/documents/{document}?{query}#quote"
