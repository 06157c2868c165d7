"""What the pages of one site share: the content container, the repeated blocks, the places of title and date.

Pages are grouped by structure first and each group is learned by itself: text that most pages of a group repeat is
chrome, and the deepest container that still holds nearly all of the rest is the content.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from urllib.parse import urlsplit

import msgspec
from lxml.html import HtmlElement

from ingest.blocks import Block, Path, Role, blocks, parse
from ingest.dates import day_in
from ingest.records import Page

SAMPLE = 200
LEAST_PAGES = 5
LEAST_COVERAGE = 0.6

_REPEATED = 0.3
_ALIKE = 0.5
_SLOT_WORDS = 40
_CONTAINERS = frozenset(
    {"html", "body", "div", "section", "article", "main", "form", "table", "tbody", "tr", "td", "center"}
)
_CHROME = re.compile(
    r"cookie|consent|banner|breadcrumb|sidebar|side-bar|widget|related|comment|respond|share|social|footer|newsletter|"
    r"(?:next|upcoming|featured?)[-_]?event|event[-_]?box|tag[-_]?cloud|pager|pagination|skip[-_]?link|site-?nav|menu",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:next |our )?(?:upcoming|featured|next) events?|related (?:articles|content|posts|news|pages|links|documents)|"
    r"tag cloud|popular tags|you (?:may|might) also (?:like|be interested in)|share this.*|follow us.*|"
    r"(?:latest|recent) (?:news|posts|tweets|articles)|sign up to our newsletter.*|leave a (?:reply|comment)",
    re.IGNORECASE,
)
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
class SiteTemplate:
    """What was learned about one host, from how many of its pages.

    ``suffix`` ends the ``<title>`` of most pages; ``titles_shared`` says that the ``<title>`` is the same
    everywhere and tells pages nothing. ``repeated`` are the texts that pages of any structure repeat.
    """

    host: str
    pages: int
    suffix: str
    titles_shared: bool
    groups: tuple[GroupTemplate, ...]
    repeated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A page as templates see it."""

    root: HtmlElement
    title: str
    blocks: tuple[Block, ...]
    features: frozenset[str]


@dataclass(frozen=True, slots=True)
class Content:
    """A page's own text, and what its template shows of it elsewhere on the page."""

    blocks: tuple[Block, ...]
    title: str
    dateline: str


def to_json(template: SiteTemplate) -> bytes:
    """The template as JSON, to be kept."""
    return msgspec.json.encode(template)


def from_json(data: bytes) -> SiteTemplate:
    """The inverse of ``to_json``; raises ``msgspec.ValidationError`` for anything else."""
    return msgspec.json.decode(data, type=SiteTemplate)


def outline(page: Page) -> Outline | None:
    """The structure of an HTML page; None where there is no markup."""
    root = parse(page.body, page.headers.get("content-type", ""))
    if root is None:
        return None
    found = tuple(blocks(root))
    titles = root.xpath("//head/title") or root.xpath("//title")
    title = " ".join(titles[0].text_content().split()) if titles else ""
    return Outline(root, title, found, _features(found))


def learn(pages: Sequence[Page]) -> SiteTemplate:
    """Learn from the HTML pages of one host, at most ``SAMPLE`` of them, chosen by the hash of their addresses.

    A group below ``LEAST_PAGES`` pages or ``LEAST_COVERAGE`` is left out: its pages are read without a template.
    """
    html = [page for page in pages if page.media_type in ("text/html", "application/xhtml+xml", "")]
    chosen = sorted(html, key=lambda page: hashlib.sha256(page.url.encode()).digest())[:SAMPLE]
    outlines = [found for page in chosen if (found := outline(page)) and found.blocks]
    suffix = _suffix([each.title for each in outlines])
    titles = [bare_title(each.title, suffix) for each in outlines]
    shared = len(outlines) >= LEAST_PAGES and len(set(titles)) <= len(titles) / 2
    groups = [learned for group in _grouped(outlines) for learned in _learn_group(group, suffix)]
    host = urlsplit(pages[0].url).netloc if pages else ""
    return SiteTemplate(host, len(outlines), suffix, shared, tuple(groups), tuple(sorted(_repeated(outlines))))


def bare_title(title: str, suffix: str) -> str:
    """A ``<title>`` without the suffix that its site repeats."""
    return title.removesuffix(suffix).strip() if suffix else title


def apply(template: SiteTemplate, page: Outline) -> Content | None:
    """The content of a page by the best matching group; None where no group's container holds its text."""
    ranked = sorted(template.groups, key=lambda group: -_likeness(page.features, frozenset(group.features)))
    for group in ranked:
        kept = _own(page.blocks, group)
        if kept:
            return Content(tuple(kept), _text_at(page.blocks, group.title), _text_at(page.blocks, group.date))
    return None


def without_chrome(template: SiteTemplate | None, page: Outline) -> tuple[Block, ...]:
    """A page's blocks less what the site repeats and what calls itself chrome: for pages no group fits."""
    repeated = frozenset(template.repeated) if template else frozenset()
    named = [block for block in page.blocks if _key(block) not in repeated and not _is_chrome(block.path)]
    return tuple(_unlabelled(named, ()))


def _own(page: Sequence[Block], group: GroupTemplate) -> list[Block]:
    depth, repeated = len(group.content), frozenset(group.repeated)
    places = {place for place in (group.title, group.date) if place}
    inside = [
        block
        for block in page
        if block.path[:depth] == group.content
        and not (block.path in places and _is_short(block))
        and not any(block.path[: len(slot)] == slot for slot in group.slots)
    ]
    return _without_repeated(_unlabelled(inside, group.content), repeated)


def _without_repeated(found: Sequence[Block], repeated: frozenset[str]) -> list[Block]:
    """Drop repeated blocks, save headings that stand over text of the page's own."""
    kept: list[Block] = []
    for block in reversed(found):
        over_text = kept and (kept[-1].role is not Role.HEADING or kept[-1].level > block.level)
        if _key(block) not in repeated or (block.role is Role.HEADING and over_text):
            kept.append(block)
    return kept[::-1]


def _unlabelled(found: Sequence[Block], content: Path) -> list[Block]:
    """Drop boxes by their label: "Featured Event", "Related Articles" and what stands in the same element."""
    boxes = {block.path[:-1] if block.role is Role.HEADING else block.path for block in found if _is_label(block)}
    boxes = {box for box in boxes if len(box) > len(content)}
    return [
        block for block in found if not _is_label(block) and not any(block.path[: len(box)] == box for box in boxes)
    ]


def _is_label(block: Block) -> bool:
    return bool(_LABEL.fullmatch(block.text.split("\n")[0].strip(" :")))


def _text_at(page: Iterable[Block], place: Path | None) -> str:
    return next((block.text for block in page if block.path == place and _is_short(block)), "") if place else ""


def _is_short(block: Block) -> bool:
    return len(block.text.split()) <= _SLOT_WORDS


def _is_chrome(path: Path) -> bool:
    return any(_CHROME.search(part) for part in path)


def _key(block: Block) -> str:
    return " ".join(block.text.casefold().split())


def _features(found: Iterable[Block]) -> frozenset[str]:
    paths = {tuple(part.rsplit("[", 1)[0] for part in block.path) for block in found}
    return frozenset(
        "/".join(path[:depth])
        for path in paths
        for depth in range(1, len(path) + 1)
        if re.split(r"[.#]", path[depth - 1])[0] in _CONTAINERS
    )


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


def _grouped(outlines: Sequence[Outline]) -> list[list[Outline]]:
    """Groups of structurally alike pages, the largest first; the first page of a group stands for it."""
    groups: list[list[Outline]] = []
    for each in outlines:
        home = max(groups, key=lambda group: _likeness(group[0].features, each.features), default=None)
        if home and _likeness(home[0].features, each.features) >= _ALIKE:
            home.append(each)
        else:
            groups.append([each])
    return sorted(groups, key=len, reverse=True)


def _learn_group(outlines: Sequence[Outline], suffix: str) -> list[GroupTemplate]:
    """Learn the container most pages share; pages that keep their text elsewhere are learned again by themselves."""
    if len(outlines) < LEAST_PAGES:
        return []
    repeated = _repeated(outlines)
    fresh = [[b for b in each.blocks if _key(b) not in repeated and not _is_chrome(b.path)] for each in outlines]
    content = _container(fresh)
    held = [_held(blocks, content) >= 0.5 for blocks in fresh]
    inside = [each for each, is_held in zip(outlines, held, strict=True) if is_held]
    outside = [each for each, is_held in zip(outlines, held, strict=True) if not is_held]
    coverage = len(inside) / len(outlines)
    if coverage < LEAST_COVERAGE:
        return []
    common = Counter(feature for each in inside for feature in each.features)
    title = _title_place(inside, suffix, content)
    learned = GroupTemplate(
        pages=len(inside),
        coverage=coverage,
        content=content,
        title=title,
        date=_date_place(inside, content),
        repeated=tuple(sorted(repeated)),
        slots=_slots(inside, content),
        features=tuple(sorted(feature for feature, count in common.items() if count >= len(inside) / 2)),
    )
    return [learned, *_learn_group(outside, suffix)]


def _repeated(outlines: Sequence[Outline]) -> frozenset[str]:
    counts = Counter(key for each in outlines for key in {_key(block) for block in each.blocks})
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
        boxes = [path for path in children[at] if re.split(r"[.#\[]", path[-1])[0] in _CONTAINERS]
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
    others = [path for path in children if path != best]
    large = [
        path
        for path in others
        if mass[path] > 0.02 * mass[at]
        and not (len(sizes[path]) >= 0.5 * pages and _ninth_decile(sizes[path]) <= _SLOT_WORDS)
    ]
    return sum(mass[path] for path in large) <= 0.08 * mass[at]


def _ninth_decile(sizes: Sequence[int]) -> int:
    return sorted(sizes)[int(0.9 * (len(sizes) - 1))]


def _held(page: Sequence[Block], content: Path) -> float:
    total = sum(len(block.text) for block in page)
    held = sum(len(block.text) for block in page if block.path[: len(content)] == content)
    return held / total if total else 0.0


def _before(page: Outline, content: Path) -> list[Block]:
    """The blocks up to and including the first one of the content."""
    outside = list(takewhile(lambda block: block.path[: len(content)] != content, page.blocks))
    return list(page.blocks[: len(outside) + 3])


def _title_place(outlines: Sequence[Outline], suffix: str, content: Path) -> Path | None:
    """Where the words of the ``<title>`` stand again, else the most prominent short text that differs by page."""
    same = Counter(
        block.path
        for each in outlines
        for block in {b.path: b for b in each.blocks if _key(b) == bare_title(each.title, suffix).casefold()}.values()
    )
    if same and same.most_common(1)[0][1] >= 0.5 * len(outlines):
        return same.most_common(1)[0][0]
    places: dict[Path, list[Block]] = defaultdict(list)
    for each in outlines:
        for block in {b.path: b for b in reversed(_before(each, content))}.values():
            if block.prominence and _is_short(block):
                places[block.path].append(block)
    fit = {place: found for place, found in places.items() if _varied(found, len(outlines), 0.9)}
    return max(fit, key=lambda place: sum(block.prominence for block in fit[place]), default=None)


def _varied(found: Sequence[Block], pages: int, least: float) -> bool:
    return len(found) >= LEAST_COVERAGE * pages and len({_key(block) for block in found}) >= least * len(found)


def _date_place(outlines: Sequence[Outline], content: Path) -> Path | None:
    """Where most pages show a full date of their own before or at the start of the content."""
    places: dict[Path, list[Block]] = defaultdict(list)
    for each in outlines:
        for block in {b.path: b for b in reversed(_before(each, content))}.values():
            if _is_short(block) and not _is_chrome(block.path) and not _is_label(block) and day_in(block.text):
                places[block.path].append(block)
    fit = {place: found for place, found in places.items() if _varied(found, len(outlines), 0.5)}
    return max(fit, key=lambda place: (len(fit[place]), place), default=None)


def _slots(outlines: Sequence[Outline], content: Path) -> tuple[Path, ...]:
    """Places within the content that most pages have and that show the same few texts."""
    texts: dict[Path, list[str]] = defaultdict(list)
    for each in outlines:
        joined: dict[Path, list[str]] = defaultdict(list)
        for block in each.blocks:
            for depth in range(len(content) + 1, len(block.path) + 1):
                if block.path[: len(content)] == content:
                    joined[block.path[:depth]].append(_key(block))
        for path, keys in joined.items():
            texts[path].append("\n".join(keys))
    few = {
        path
        for path, found in texts.items()
        if len(found) >= max(LEAST_PAGES, LEAST_COVERAGE * len(outlines)) and len(set(found)) <= 0.25 * len(found)
    }
    return tuple(sorted(path for path in few if not any(path[:depth] in few for depth in range(len(path)))))


def _suffix(titles: Sequence[str]) -> str:
    """The end, from a separator on, that most titles share."""
    ends: Counter[str] = Counter()
    for title in titles:
        ends.update({title[match.start() :] for match in _SEPARATOR.finditer(title) if match.start()})
    common = [end for end, count in ends.items() if count >= max(3, LEAST_COVERAGE * len(titles))]
    return max(common, key=len, default="")
