"""What sort of publication a page is, by recorded rules."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

from ingest.records import Kind

# Tried in this order; the first kind whose words occur wins within one piece of evidence.
_WORDS = (
    (Kind.MINUTES, r"minutes?"),
    (Kind.CONSULTATION, r"consultations?|call for evidence|calls for evidence|(?:consultation )?responses? to"),
    (Kind.POSITION, r"position (?:paper|statement)s?|positions?|policy (?:paper|statement|position)s?|manifesto"),
    (Kind.PRESS, r"press (?:release|notice|note|statement)s?|press|media (?:release|statement)s?|news release"),
    (Kind.EVENT, r"events?|conferences?|webinars?|seminars?|symposium"),
    (Kind.REPORT, r"reports?|annual review|research (?:paper|report)s?|accounts|financial statements?|survey"),
    (Kind.UPDATE, r"updates?|newsletters?|bulletins?|round-?up|committee notes?|briefing notes?"),
    (Kind.ARTICLE, r"articles?|blogs?|news|posts?|opinion|comment|features?|stories"),
)
_RULES = tuple((kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE)) for kind, words in _WORDS)
_TYPES = {
    "article": Kind.ARTICLE,
    "blogposting": Kind.ARTICLE,
    "newsarticle": Kind.ARTICLE,
    "event": Kind.EVENT,
    "report": Kind.REPORT,
}


def kind_of(url: str, title: str, tags: Sequence[str] = (), declared: Sequence[str] = ()) -> tuple[Kind, str]:
    """The kind, and the evidence for it: "path: minutes".

    Evidence is asked in the order folder of the address, title, tags, declared type (og:type, JSON-LD); a title
    that names a kind more special than the folder's "article" or "update" wins over it.
    """
    general = (Kind.ARTICLE, Kind.UPDATE)
    found = list(_evidence(url, title, tags, declared))
    special = [each for each in found if each[0] not in general]
    return next(iter(special or found), (Kind.PAGE, "no rule applies"))


def _evidence(url: str, title: str, tags: Sequence[str], declared: Sequence[str]) -> Iterator[tuple[Kind, str]]:
    folders = re.sub(r"[-_/]+", " ", unquote(urlsplit(url).path.rpartition("/")[0]))
    for name, text in (("path", folders), ("title", title), *(("tag", tag) for tag in tags)):
        for kind, rule in _RULES:
            if match := rule.search(text):
                yield kind, f"{name}: {match.group().lower()}"
                break
    for each in declared:
        if each.lower() in _TYPES:
            yield _TYPES[each.lower()], f"declared type: {each}"
