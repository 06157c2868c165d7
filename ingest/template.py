"""What the pages of one site share: the content container, the repeated blocks, the places of title and date.

Pages are grouped by structure first and each group is learned by itself: text that most pages of a group repeat is
chrome, and the deepest container that still holds nearly all of the rest is the content.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import compress
from urllib.parse import urlsplit

import msgspec

from ingest.blocks import Block, Path
from ingest.outline import CONTAINERS, Outline, is_within, key_of, likeness, outline, tag_of, without_chrome
from ingest.places import LEAST_COVERAGE, LEAST_PAGES, date_place, slots, title_place
from ingest.records import HTML, Page

SAMPLE = 200

_REPEATED = 0.3
# Pages of one template of a site share at least .7 of their structure, those of two seldom more than .5.
_ALIKE = 0.6
_MOSTLY = 0.5
_SLOT_WORDS = 40
_SEPARATOR = re.compile(r"\s+[|–—·•:»\-]+\s+|\s*[|»]\s*|:\s+")


@dataclass(frozen=True, slots=True)
class GroupTemplate:
    """What one group of alike pages has in common.

    ``content`` leads to the container of the text; ``title`` and ``date`` to their blocks, where the pages
    show them at one place; ``repeated`` are texts that most pages carry; ``slots`` are places within the
    content that hold something other than its text. ``features`` are the group's structure and ``coverage``
    the share of its pages whose text the container holds.
    """

    pages: int
    coverage: float
    content: Path
    title: Path | None
    date: Path | None
    repeated: tuple[str, ...]
    slots: tuple[Path, ...]
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TitleRule:
    """What surrounds the ``<title>`` of most pages; ``shared`` says that it is one for all and tells pages nothing."""

    prefix: str = ""
    suffix: str = ""
    shared: bool = False

    def bare(self, title: str) -> str:
        """A ``<title>`` without what its site repeats."""
        return title.removeprefix(self.prefix).removesuffix(self.suffix).strip() or title


@dataclass(frozen=True, slots=True)
class SiteTemplate:
    """What was learned about one host, from how many of its pages; ``repeated`` are texts that its pages of any
    structure repeat. ``alarm`` says what is wrong with it, if anything."""

    host: str
    pages: int
    titles: TitleRule
    groups: tuple[GroupTemplate, ...]
    repeated: tuple[str, ...]
    alarm: str = ""

    def holds(self, pages: Sequence[Page]) -> bool:
        """Whether it fits these pages nearly as well as those that it was learned from."""
        found = [each for page in pages if _is_html(page) and (each := outline(page)) and each.blocks]
        repeated = frozenset(self.repeated)
        held = sum(
            any(_held(blocks, group.content) >= _MOSTLY for group in self.groups)
            for each in found
            if (blocks := [block for block in each.blocks if key_of(block) not in repeated])
        )
        expected = sum(group.pages for group in self.groups) / max(self.pages, 1)
        return len(found) < LEAST_PAGES or held >= LEAST_COVERAGE * expected * len(found)


def to_json(template: SiteTemplate) -> bytes:
    """The template as JSON, to be kept."""
    return msgspec.json.encode(template)


def from_json(data: bytes) -> SiteTemplate:
    """The inverse of ``to_json``; raises ``msgspec.ValidationError`` for anything else."""
    return msgspec.json.decode(data, type=SiteTemplate)


def learn(pages: Sequence[Page]) -> SiteTemplate:
    """Learn from the HTML pages of one host, at most ``SAMPLE`` of them, the first in the order of ``by_chance``.

    A group below ``LEAST_PAGES`` pages or ``LEAST_COVERAGE`` is left out: its pages are read without a template.
    """
    chosen = sorted(filter(_is_html, pages), key=lambda page: by_chance(page.url))[:SAMPLE]
    outlines = [found for page in chosen if (found := outline(page)) and found.blocks]
    rule = _title_rule([each.title for each in outlines])
    named = [replace(each, title=rule.bare(each.title)) for each in outlines]
    groups = [learned for group in _grouped(named) for learned in _learn_group(group)]
    host = urlsplit(pages[0].url).netloc if pages else ""
    return SiteTemplate(host, len(outlines), rule, tuple(groups), tuple(sorted(_repeated(outlines))))


def by_chance(url: str) -> tuple[bytes, str]:
    """A key that puts the addresses of one host in an order as if drawn by chance, the same under any name or port."""
    return sha256(urlsplit(url)._replace(scheme="", netloc="").geturl().encode()).digest(), url


def _is_html(page: Page) -> bool:
    return page.media_type in (*HTML, "")


def _grouped(outlines: Sequence[Outline]) -> list[list[Outline]]:
    """Groups of structurally alike pages, the largest first; the structure most common in a group stands for it."""
    same: dict[frozenset[str], list[Outline]] = defaultdict(list)
    for each in outlines:
        same[each.features].append(each)
    groups: dict[frozenset[str], list[Outline]] = {}
    for features in sorted(same, key=lambda features: (-len(same[features]), sorted(features))):
        home = max(groups, key=lambda group: likeness(group, features), default=features)
        home = home if likeness(home, features) >= _ALIKE else features
        groups.setdefault(home, []).extend(same[features])
    return sorted(groups.values(), key=len, reverse=True)


def _learn_group(outlines: Sequence[Outline]) -> list[GroupTemplate]:
    """Learn the container most pages share; pages that keep their text elsewhere are learned again by themselves."""
    if len(outlines) < LEAST_PAGES:
        return []
    repeated = _repeated(outlines)
    fresh = [_fresh(each, repeated) for each in outlines]
    content = _container(fresh)
    held = [_held(blocks, content) >= _MOSTLY for blocks in fresh]
    inside = list(compress(outlines, held))
    outside = [each for each, is_held in zip(outlines, held, strict=True) if not is_held]
    coverage = len(inside) / len(outlines)
    if coverage < LEAST_COVERAGE:
        return []
    common = Counter(feature for each in inside for feature in each.features)
    learned = GroupTemplate(
        pages=len(inside),
        coverage=coverage,
        content=content,
        title=title_place(inside, content),
        date=date_place(inside, content),
        repeated=tuple(sorted(repeated)),
        slots=slots(inside, content),
        features=tuple(sorted(feature for feature, count in common.items() if count >= len(inside) / 2)),
    )
    return [learned, *_learn_group(outside)]


def _fresh(page: Outline, repeated: frozenset[str]) -> list[Block]:
    """The blocks that other pages do not repeat and that do not call themselves chrome."""
    return without_chrome([block for block in page.blocks if key_of(block) not in repeated])


def _repeated(outlines: Sequence[Outline]) -> frozenset[str]:
    counts = Counter(key for each in outlines for key in {key_of(block) for block in each.blocks})
    least = max(3, _REPEATED * len(outlines))
    return frozenset(key for key, count in counts.items() if count >= least)


def _container(pages: Sequence[Sequence[Block]]) -> Path:
    """Descend from the body while one child holds nearly all text that pages do not share."""
    mass, sizes = _masses(pages)
    children: dict[Path, list[Path]] = defaultdict(list)
    for path in filter(None, mass):
        children[path[:-1]].append(path)
    at: Path = ()
    while True:
        boxes = [path for path in children[at] if tag_of(path[-1]) in CONTAINERS]
        best = max(boxes, key=lambda path: mass[path], default=None)
        if best is None or not _may_descend(at, best, children[at], mass, sizes, len(pages)):
            return at
        at = best


def _masses(pages: Sequence[Sequence[Block]]) -> tuple[dict[Path, float], dict[Path, list[int]]]:
    """For each place, the share of a page's words it holds, summed over pages, and its sizes in words."""
    mass: dict[Path, float] = defaultdict(float)
    sizes: dict[Path, list[int]] = defaultdict(list)
    for page in pages:
        counts: Counter[Path] = Counter()
        for block in page:
            words = len(block.text.split())
            for depth in range(len(block.path) + 1):
                counts[block.path[:depth]] += words
        for path, words in counts.items():
            mass[path] += words / counts[()]
            sizes[path].append(words)
    return mass, sizes


def _may_descend(
    at: Path, best: Path, children: Sequence[Path], mass: dict[Path, float], sizes: dict[Path, list[int]], pages: int
) -> bool:
    """Whether what stays outside ``best`` is little, or made of small fields such as title, byline and tags."""
    left = mass[at] - mass[best]
    if left <= 0.08 * mass[at]:
        return True
    if left > 0.5 * mass[at]:
        return False
    large = [
        path
        for path in children
        if path != best
        and mass[path] > 0.02 * mass[at]
        and not (len(sizes[path]) >= 0.5 * pages and _ninth_decile(sizes[path]) <= _SLOT_WORDS)
    ]
    return sum(mass[path] for path in large) <= 0.08 * mass[at]


def _ninth_decile(sizes: Sequence[int]) -> int:
    return sorted(sizes)[int(0.9 * (len(sizes) - 1))]


def _held(page: Sequence[Block], content: Path) -> float:
    total = sum(len(block.text) for block in page)
    held = sum(len(block.text) for block in page if is_within(block, content))
    return held / total if total else 0.0


def _title_rule(titles: Sequence[str]) -> TitleRule:
    """The end and the beginning, up to a separator, that most titles share."""
    ends: Counter[str] = Counter()
    starts: Counter[str] = Counter()
    for title in titles:
        ends.update({title[match.start() :] for match in _SEPARATOR.finditer(title) if match.start()})
        starts.update({title[: match.end()] for match in _SEPARATOR.finditer(title) if match.end() < len(title)})
    least = max(3, LEAST_COVERAGE * len(titles))
    suffix = max((end for end, count in ends.items() if count >= least), key=len, default="")
    prefix = max((start for start, count in starts.items() if count >= least), key=len, default="")
    rule = TitleRule(prefix, suffix)
    shared = len(titles) >= LEAST_PAGES and len({rule.bare(title) for title in titles}) <= len(titles) / 2
    return replace(rule, shared=shared)
