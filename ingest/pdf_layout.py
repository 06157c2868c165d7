"""Lines of a PDF put back together: running headers and footers out, paragraphs rejoined, headings told by size."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice, pairwise

from ingest.blocks import Block, Role
from ingest.clean import visible
from ingest.dates import MONTHS

_EDGE_LINES = 3
_NUMBERED = re.compile(
    r"(?:page\s*)?\(?\d{1,4}\)?(?:\s*(?:of|/|\|)\s*\d{1,4})?|[-–—]\s*\d{1,4}\s*[-–—]|[ivxl]{1,6}", re.IGNORECASE
)
_BULLET = re.compile(r"[•●▪■◼◾▶►➢✓◦‣○\uf0b7\uf0a7·]\s*|[–—-]\s+(?=\w)|\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})[.)]\s+(?=\S)")
_SIGN = re.compile(r"^[•●▪■◼◾▶►➢✓◦‣○\uf0b7\uf0a7·]\s*")
_FIGURE = r"[(\[+−–-]*(?:[$€£]\s?)?[(−–-]*\d(?:[\d.,/–-]*\d)?[%)\]]*"
_CELLS = re.compile(rf"(?P<label>(?:.*?\s)??(?:(?:{MONTHS})\s+\d{{4}}\s+)?)(?P<figures>{_FIGURE}(?:\s+{_FIGURE})*)\s*")
_AMOUNT = re.compile(r".*\s[(−–-]*(?:[$€£][\d,.]*\d|\d[\d,]*\.\d\d)\)?\s*")
# Numbers to ring and of books are told by what stands before them, or by the plus or the nought in front.
_NUMBER_OF = re.compile(r"(?:.*\b)?(?:tel|telephone|phone|fax|mobile|call|ring|isbn|issn)\b\W*", re.IGNORECASE)
_NO_FIGURE = re.compile(r"\+\d\d \d+ \d+|.*(?<!\S)\(?0\d")
# An entry of a table of contents: dots that lead to the number of a page.
_ENTRY = re.compile(r"(?:\s?[.…·_]){4,}\s*(\d{1,4})\s*$")
_FEWEST_ENTRIES, _LONGEST_ENTRY = 3, 400
_BROKEN_WORD = re.compile(r"(\w*[^\W\d_])(-|\xad)$")
_LONGEST_HEADING = 20
# The level of what is a heading by its bold letters alone, as likely a label as a title.
BOLD = 6
# So much larger than most letters are those of a heading.
_LARGER = 1.12
_LONGEST_LABEL, _LONGEST_BESIDE = 8, 30
# In points: so far apart are lines beside one another.
_LEVEL = 2
_LONGEST_ROW = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page; sizes and places in points from the top left, 0 where the reader does not know.

    ``cells`` are those of the row of a table.
    """

    text: str
    size: float = 0.0
    bold: bool = False
    right: float = 0.0
    top: float = 0.0
    cells: tuple[str, ...] = ()


def blocks_of(pages: Sequence[Sequence[Line]], title: str = "") -> list[Block]:
    """The text of a PDF as blocks that know their page; no block runs over the end of a page.

    What repeats ``title`` is text, not a heading over all the rest.
    """
    overall = usual_size(pages)
    keyed = [[_keys(line, at, overall) for line in page] for at, page in enumerate(pages)]
    running = _running(keyed, pages)
    told = (_body(page, keys, running) for page, keys in zip(pages, keyed, strict=True))
    bodies = [_with_cells(_without_contents(page, len(pages))) for page in told]
    usual = usual_size(bodies)
    lines = [line for page in bodies for line in page]
    levels = _levels(lines, usual)
    words = Counter(word.casefold() for line in lines for word in re.findall(r"\w+(?:-\w+)*", line.text))
    return [
        block
        for number, page in enumerate(bodies, start=1)
        for group in _whole_rows(_paragraphs(page, usual))
        if (block := _block(group, number, levels, words, title))
    ]


def _body(page: Sequence[Line], keys: Sequence[frozenset[str]], running: frozenset[str]) -> list[Line]:
    """The lines of a page without its running headers, footers and number."""
    return [
        line
        for line, own, edge in zip(page, keys, _at_edge(page), strict=True)
        if not edge or not (own & running or _NUMBERED.fullmatch(line.text.strip()))
    ]


def _without_contents(page: list[Line], pages: int) -> list[Line]:
    """The lines of a page without a table of contents: entries that lead to ever later ones of so many ``pages``."""
    found = [(at, _ENTRY.search(line.text)) for at, line in enumerate(page) if len(line.text) <= _LONGEST_ENTRY]
    entries = [(at, int(entry[1])) for at, entry in found if entry]
    numbers = [number for _, number in entries]
    if len(entries) < _FEWEST_ENTRIES or numbers != sorted(numbers) or numbers[-1] > pages:
        return page
    return page[: entries[0][0]] + page[entries[-1][0] + 1 :]


def title_lines(page: Sequence[Line], usual: float) -> list[Line]:
    """The largest lines of the first page, where clearly larger than the text and short enough for a title.

    A word or two, such as the name of who publishes it, take the line after them with them, if that is large too.
    """
    lettered = [line for line in page if sum(map(str.isalpha, line.text)) > 2]
    largest = max((line.size for line in lettered), default=0.0)
    if largest < 1.15 * usual:
        return []
    chosen: list[Line] = []
    for line in page:
        if line.size >= 0.8 * largest and (not chosen or page.index(line) - page.index(chosen[-1]) <= 1):
            chosen.append(line)
    words = sum(len(line.text.split()) for line in chosen)
    follows = page[page.index(chosen[-1]) + 1 :][:1] if words <= 2 else []
    chosen += (line for line in follows if line.size >= 1.5 * usual)
    return chosen if words <= 40 else []


def _running(keyed: Sequence[Sequence[frozenset[str]]], pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """What stands at the edge of at least three pages and a third of them, page numbers aside."""
    edges = (frozenset[str]().union(*compress(keys, _at_edge(page))) for keys, page in zip(keyed, pages, strict=True))
    counts = Counter(key for keys in edges for key in keys)
    return frozenset(key for key, count in counts.items() if count >= max(3, len(pages) / 3))


def _at_edge(page: Sequence[Line]) -> list[bool]:
    """Of each line whether it is among the first or last, by its place or in the file's own order."""
    tops = sorted(line.top for line in page)
    ranks = [(at, tops.index(line.top)) for at, line in enumerate(page)]
    return [min(both) < _EDGE_LINES or max(both) >= len(page) - _EDGE_LINES for both in ranks]


def _keys(line: Line, at: int, usual: float) -> frozenset[str]:
    """A line's words, and these with one number of theirs counted from the page, as a page's own number goes with it:
    figures of a table do not, and a heading keeps the number that it has.
    """
    words = " ".join(line.text.casefold().split())
    heads = 0 < _LARGER * usual <= line.size
    numbers = () if heads else islice(re.finditer(r"(?<!\d)\d{1,4}(?!\d)", words), 4)
    return frozenset({words, *(f"{words[: one.start()]}\0{int(one[0]) - at}{words[one.end() :]}" for one in numbers)})


def usual_size(pages: Sequence[Sequence[Line]]) -> float:
    """The size most letters have, rounded to half points."""
    sizes: Counter[float] = Counter()
    for line in (line for page in pages for line in page):
        sizes[round(line.size * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _levels(lines: Sequence[Line], usual: float) -> dict[float, int]:
    """Heading levels by size, the largest first; bold lines of the text's own size come last."""
    sizes = sorted({round(line.size) for line in lines if line.size >= _LARGER * usual and usual}, reverse=True)
    return {size: min(at, 5) for at, size in enumerate(sizes, start=1)}


def _paragraphs(page: Sequence[Line], usual: float) -> Iterator[list[Line]]:
    group: list[Line] = []
    steps = [b.top - a.top for a, b in pairwise(page) if 0 < b.top - a.top < 4 * (usual or 1)]
    leading = sorted(steps)[len(steps) // 2] if steps else 0.0
    right = max((line.right for line in page), default=0.0)
    for line in page:
        if group and _begins(group[-1], line, leading, right):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _with_cells(page: Sequence[Line]) -> list[Line]:
    """The lines of a page, the rows of tables with their cells: what ends in two figures or more, or in an amount as
    the line before or after it does.
    """
    amounts = [False, *(bool(_AMOUNT.fullmatch(line.text)) for line in page), False]
    cells = [_cells(line.text) for line in page]
    company = [amounts[at] and (amounts[at - 1] or amounts[at + 1]) for at in range(1, len(page) + 1)]
    rows = (len(found) > (1 if beside else 2) for found, beside in zip(cells, company, strict=True))
    return [replace(line, cells=found * row) for line, found, row in zip(page, cells, rows, strict=True)]


def _whole_rows(groups: Iterable[list[Line]]) -> Iterator[list[Line]]:
    """The groups, a label that was broken over lines of a table put back before its figures."""
    held, after_row = list[Line](), False
    for group in groups:
        if not group[-1].cells:
            if held:
                yield held
                after_row = False
            held = group
            continue
        if held and not _labels(held, group, after_row):
            yield held
            held = []
        yield held + group
        held, after_row = [], True
    if held:
        yield held


def _labels(lines: Sequence[Line], row: Sequence[Line], after_row: bool) -> bool:
    """Whether ``lines`` are the label of a row: a few after another row, or such as its bare figures stand beside."""
    words = " ".join(line.text for line in lines).split()
    alike = (lines[-1].size, lines[-1].bold) == (row[0].size, row[0].bold)
    beside = not row[-1].cells[0] and lines[0].top - _LEVEL < row[-1].top < lines[-1].top
    few = len(words) <= (_LONGEST_BESIDE if beside else _LONGEST_LABEL)
    return alike and few and (after_row or beside) and not words[-1].endswith((".", ":", "!", "?"))


def _begins(before: Line, line: Line, leading: float, right: float) -> bool:
    """Whether a line opens a new paragraph."""
    ends = before.text.rstrip().endswith((".", "!", "?", ":", ";"))
    if before.cells or line.cells:
        return True
    if not line.size:
        return bool(_BULLET.match(line.text)) or (ends and len(before.text) < 60)
    if abs(line.size - before.size) > 0.6 or _BULLET.match(line.text.lstrip()):
        return True
    # A sentence may begin in bold and go on without.
    if line.bold != before.bold and (ends or not line.text[:1].islower()):
        return True
    step = line.top - before.top
    if not -_LEVEL < step <= 1.35 * max(leading, line.size):
        return step > 0 or not line.text[:1].islower()
    return ends and before.right < right - 6 * before.size


def _block(lines: Sequence[Line], page: int, levels: dict[float, int], words: Counter[str], title: str) -> Block | None:
    first, cells = lines[0], lines[-1].cells
    said = [line.text for line in lines[:-1]] + [cells[0] if cells else lines[-1].text]
    text = visible(_joined([" ".join(part.split()) for part in said], words)).strip()
    if cells:
        return Block(" | ".join(filter(None, (text, *cells[1:]))), Role.ROW, (), page=page)
    if not any(map(str.isalnum, text)):
        return None
    level = levels.get(round(first.size), BOLD if first.bold and first.size else 0)
    if level and heads(text) and not _SIGN.match(text) and text not in title:
        return Block(text, Role.HEADING, (), level, page=page)
    if _BULLET.match(text):
        return Block(_SIGN.sub("", text), Role.ITEM, (), page=page)
    return Block(text, Role.TEXT, (), page=page)


def heads(text: str) -> bool:
    """Whether words that stand out are a heading: few, and no sentence."""
    return len(text.split()) <= _LONGEST_HEADING and not text.endswith((".", ",", ";")) and any(map(str.isalpha, text))


def _cells(text: str) -> tuple[str, ...]:
    """The label and the figures that a line ends in, () where it ends in none."""
    # To find where the figures begin takes the square of its length: none of a table is so long.
    found = _CELLS.fullmatch(text) if len(text) <= _LONGEST_ROW else None
    if not found or _NUMBER_OF.fullmatch(found["label"]) or _NO_FIGURE.match(found["figures"]):
        return ()
    return found["label"], *(" ".join(figure.split()) for figure in re.findall(_FIGURE, found["figures"]))


def _joined(lines: Sequence[str], words: Counter[str]) -> str:
    """Lines as one, words broken at line ends mended unless the document also writes them with the hyphen."""
    text = lines[0]
    for line in lines[1:]:
        broken = _BROKEN_WORD.search(text)
        if not broken or not line[:1].islower():
            text += " " + line
            continue
        rest = re.match(r"\w+", line)
        hyphenated = f"{broken[1]}-{rest.group() if rest else ''}".casefold()
        keeps = broken[2] == "-" and words[hyphenated] > words[hyphenated.replace("-", "")]
        text = text[: broken.start(2)] + ("-" if keeps else "") + line
    return text.replace("\xad", "-")
