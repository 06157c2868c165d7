"""Where the pages of one group show their title and their date, and which places hold something that is not text."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import takewhile

from ingest.blocks import Block, Path
from ingest.dates import stated_in
from ingest.outline import Outline, is_chrome, is_label, is_line, is_short, is_within, key_of

LEAST_PAGES = 5
LEAST_COVERAGE = 0.6

_HEADING = re.compile(r"h[1-6]\b")


def title_place(outlines: Sequence[Outline], content: Path) -> Path | None:
    """Where the words of the ``<title>`` stand again, else the most prominent short text that differs by page."""
    named: dict[Path, list[Block]] = defaultdict(list)
    for each in outlines:
        for block in _once(block for block in each.blocks if key_of(block) == each.title.casefold()):
            named[block.path].append(block)
    same = {place: found for place, found in named.items() if len(found) >= 0.5 * len(outlines)}
    fit = same or _varied(outlines, content, 0.9, lambda block: block.prominence > 0)
    return max(
        fit,
        key=lambda place: (place[: len(content)] != content, sum(block.prominence for block in fit[place]), place),
        default=None,
    )


def date_place(outlines: Sequence[Outline], content: Path) -> Path | None:
    """Where most pages show a date of their own before or at the start of the content."""
    dated = partial(_varied, outlines, content, 0.5)
    fit = dated(lambda block: is_line(block) and _is_dated(block)) or dated(_is_dated)
    return max(fit, key=lambda place: (len(fit[place]), place), default=None)


def _is_dated(block: Block) -> bool:
    return not block.leads_away and stated_in(block.text) is not None


def _varied(
    outlines: Sequence[Outline], content: Path, least: float, fits: Callable[[Block], bool]
) -> dict[Path, list[Block]]:
    """Places up to the third block of the content where most pages have a short text that fits, ``least`` of them
    different."""
    places: dict[Path, list[Block]] = defaultdict(list)
    for each in outlines:
        before = len(list(takewhile(lambda block: not is_within(block, content), each.blocks)))
        for block in _once(each.blocks[: before + 3]):
            if is_short(block) and fits(block) and not is_chrome(block.path) and not is_label(block.text):
                places[block.path].append(block)
    return {
        place: found
        for place, found in places.items()
        if len(found) >= LEAST_COVERAGE * len(outlines) and len(set(map(key_of, found))) >= least * len(found)
    }


def _once(found: Iterable[Block]) -> Iterable[Block]:
    """The first block of every place."""
    return {block.path: block for block in reversed(list(found))}.values()


def slots(outlines: Sequence[Outline], content: Path) -> tuple[Path, ...]:
    """Places within the content that most pages have and that show the same few texts."""
    texts: dict[Path, list[str]] = defaultdict(list)
    for each in outlines:
        joined: dict[Path, list[str]] = defaultdict(list)
        for block in each.blocks:
            for depth in range(len(content) + 1, len(block.path) + 1):
                if is_within(block, content):
                    joined[block.path[:depth]].append(key_of(block))
        for path, keys in joined.items():
            texts[path].append("\n".join(keys))
    few = {
        path
        for path, found in texts.items()
        if len(found) >= max(LEAST_PAGES, LEAST_COVERAGE * len(outlines))
        and len(set(found)) <= 0.25 * len(found)
        and not _HEADING.match(path[-1])
    }
    return tuple(sorted(path for path in few if not any(path[:depth] in few for depth in range(len(path)))))
