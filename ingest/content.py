"""What of a page is its own: by the template of its site, else by the page alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from ingest.blocks import Block, Path, Role, find
from ingest.dates import day_in, read_date, stated_in
from ingest.fallback import LARGEST_BOX, main_blocks, without_boxes
from ingest.outline import Outline, is_label, is_line, is_short, is_within, key_of, likeness, without_chrome
from ingest.template import GroupTemplate, SiteTemplate

_PUBLISHED = re.compile(
    r"(?:first )?(?:published|posted|written|issued|released|uploaded|publication date)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Content:
    """A page's own text, its title, and the line beside the title that dates it.

    ``region`` leads to the element that holds them all. ``has_date_place`` says that the site shows dates at one
    place, so that a page without one there has none.
    """

    blocks: tuple[Block, ...]
    title: str
    dateline: str = ""
    region: Path = ()
    has_date_place: bool = False


def content_of(page: Outline, template: SiteTemplate | None) -> Content:
    """The content of a page by the best matching group, or by itself where no group's container holds its text.

    Where the container is there but empty, the title is all the page says.
    """
    groups = template.groups if template else ()
    for group in sorted(groups, key=lambda group: -likeness(page.features, frozenset(group.features))):
        own = _own(page.blocks, group)
        shown = _at(page.blocks, group.title)
        if not own and shown and find(page.root, group.content) is not None:
            own = [shown]
        if own:
            dated = _at(page.blocks, group.date)
            region = _common([group.content, *filter(None, (group.title, group.date))])
            title = _title(page, template, shown.text if shown else "")
            if not group.date and (dated := _date_after(page.blocks, shown)):
                own = [block for block in own if block is not dated]
            return Content(tuple(own), title, dated.text if dated else "", region, group.date is not None)
    return _by_itself(page, template)


def _own(page: Sequence[Block], group: GroupTemplate) -> list[Block]:
    """The blocks in the group's container that are neither title nor date, nor repeated, nor of a labelled box."""
    inside = [
        block
        for block in page
        if is_within(block, group.content)
        and not (block.path == group.title and is_short(block))
        and not (block.path == group.date and is_line(block) and stated_in(block.text))
        and not any(is_within(block, slot) for slot in group.slots)
    ]
    named = {block.path for block in without_chrome(inside, len(group.content))}
    own = [block for block in inside if block.path in named or not is_short(block)]
    return _without_repeated(_without_boxes(own, group.content), frozenset(group.repeated))


def _without_boxes(found: Sequence[Block], content: Path) -> list[Block]:
    """Drop boxes, by their label ("Featured Event") with what stands in the same element; of a large one the label."""
    labels = [block for block in found if is_label(block.text)]
    boxes = {block.path[:-1] if block.role is Role.HEADING else block.path for block in labels}
    inner = [box for box in boxes if len(box) > len(content) and _is_small(box, found)]
    return [block for block in found if block not in labels and not any(is_within(block, box) for box in inner)]


def _is_small(box: Path, found: Sequence[Block]) -> bool:
    inside = [block.text for block in found if is_within(block, box)]
    return is_label(inside[0]) and sum(map(len, inside)) <= LARGEST_BOX


def _without_repeated(found: Sequence[Block], repeated: frozenset[str]) -> list[Block]:
    """Drop repeated blocks, save headings that stand over text of the page's own."""
    kept: list[Block] = []
    for block in reversed(found):
        over_text = kept and (kept[-1].role is not Role.HEADING or kept[-1].level > block.level)
        if key_of(block) not in repeated or (block.role is Role.HEADING and over_text):
            kept.append(block)
    return kept[::-1]


def _by_itself(page: Outline, template: SiteTemplate | None) -> Content:
    """A page no template fits: its main text by trafilatura, less what other pages of its site repeat."""
    repeated = frozenset(template.repeated) if template else frozenset()
    heading = _first_heading(page.blocks)
    shown = heading.text if heading else ""
    judged = main_blocks(without_boxes(page.root), page.blocks)
    own = tuple(block for block in judged if block.text != shown and key_of(block) not in repeated)
    return Content(own, _title(page, template, shown), _dateline(page.blocks, heading))


def _common(places: Sequence[Path]) -> Path:
    """The way that all places share."""
    alike = takewhile(lambda steps: len(set(steps)) == 1, zip(*places, strict=False))
    return tuple(steps[0] for steps in alike)


def _at(page: Sequence[Block], place: Path | None) -> Block | None:
    return next((block for block in page if block.path == place and is_short(block)), None)


def _date_after(page: Sequence[Block], title: Block | None) -> Block | None:
    """The block right after the title, where that is a date and nothing else."""
    after = page[page.index(title) + 1 :][:1] if title else ()
    return next((block for block in after if read_date(block.text)), None)


def _title(page: Outline, template: SiteTemplate | None, shown: str) -> str:
    """The ``<title>`` less what the site adds to it; where the site has one for all its pages, what stands as title."""
    bare = template.titles.bare(page.title) if template else page.title
    if template and template.titles.shared:
        heading = _first_heading(page.blocks)
        return shown or (heading.text if heading else bare)
    return shown if not bare or shown.casefold() == bare.casefold() else bare


def _first_heading(page: Sequence[Block]) -> Block | None:
    """The first heading of the highest level on the page."""
    return min((block for block in page if block.level), key=lambda block: block.level, default=None)


def _dateline(page: Sequence[Block], heading: Block | None) -> str:
    """The one line of the page that says "Published", else the short lines with a full date after the title."""
    own = ((at, block) for at, block in enumerate(page) if is_short(block) and not block.leads_away)
    dated = [(at, block.text) for at, block in own if day_in(block.text)]
    said = [text for _, text in dated if _PUBLISHED.match(text)]
    if len(said) == 1:
        return said[0]
    top = page.index(heading) if heading else len(page)
    return "\n".join(text for at, text in dated if top < at < top + 6)
