"""Where a document belongs, by recorded rules: its kind, its committee, and the dates of the occasion it is about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from ingest.dating import occasions
from ingest.records import UNDATED, Document, Kind

_BODY = r"(?:Committee|Sub-?committee|(?:Working|Task|Steering|Policy|Reference) Group|Task and Finish Group|Panel)"
_NAMED = re.compile(rf"\b(?:[A-Z][\w&’'-]*,? (?:(?:and|of|for|the) )*){{1,8}}{_BODY}\b")
# What a title says before it names a body. The comma of "Health, Care and Needs Committee" is the name's.
_SAYS = r"(?:Introduc|Announc)ing(?: the)?(?: New)?|Amend(?:ing)?|Join|Call for|Minutes of|Cohort of|[Tt]he|Our|An?|for"
_OPENING = re.compile(rf"(?:.*\b(?:of|from|by|to|for) the |.*, (?!.*(?:\band\b|&)))?(?:(?:{_SAYS}) )*")
_FOLDER = re.compile(r"/(?:[a-z]+-)?(committee|working-group|panel)s?/([a-z][a-z-]+)(?=/)")

# Tried in this order; the first kind whose words occur wins within one piece of evidence.
_WORDS = (
    (Kind.MINUTES, r"minutes(?= (?:of|from)\b|\W+(?:[a-z]+\W+){0,2}\d|\W*$)"),
    (Kind.CONSULTATION, r"consultations?|call for evidence|calls for evidence|(?:consultation )?responses? to"),
    (Kind.POSITION, r"(?:position|policy) (?:paper|statement)s?|policy positions?|positions?(?= o[nf]\b)|manifesto"),
    (Kind.PRESS, r"press (?:release|notice|note|statement)s?|press|media (?:release|statement)s?|news release"),
    (Kind.EVENT, r"events?|conferences?|webinars?|seminars?|symposium"),
    (Kind.REPORT, r"reports?|annual review|research (?:paper|report)s?|accounts|financial statements?|survey"),
    (Kind.UPDATE, r"updates?|newsletters?|bulletins?|round-?up|committee notes?|briefing notes?"),
    (Kind.ARTICLE, r"articles?|blogs?|news|posts?|opinion|comment|features?|stories"),
)
# Alone these name a folder or a tag; a title may speak of a position that is open, or of a pitch in three minutes.
_ALONE = {Kind.MINUTES: "minutes?", Kind.POSITION: "positions?"}
_TIME = re.compile(r"(?i)(?<![\w./-])(?:\d{1,3}|in|few|half|two|three|four|five|ten|fifteen|twenty|thirty)[ -]minutes")
_IN_TITLES = tuple((kind, re.compile(rf"\b(?:{words})\b", re.I)) for kind, words in _WORDS)
_RULES = tuple((kind, re.compile(rf"\b(?:{words}|{_ALONE.get(kind, words)})\b", re.I)) for kind, words in _WORDS)
_ARTICLES = dict.fromkeys(("article", "blogposting", "newsarticle"), Kind.ARTICLE)
_TYPES = {**_ARTICLES, "event": Kind.EVENT, "report": Kind.REPORT}


def filed(document: Document, declared: Sequence[str] = ()) -> Document:
    """``document`` with its kind and committees by the rules, and what told them; ``declared`` are its stated types.

    Of its language the code remains, without region.
    """
    named: dict[str, str] = {}
    for committee, source in _committees(document):
        named.setdefault(committee, source)
    evidence = replace(document.evidence, committees=", ".join(dict.fromkeys(named.values())))
    lang = document.lang.strip().replace("_", "-").partition("-")[0].lower()
    found = replace(document, committees=tuple(named), evidence=evidence, lang=lang)
    return as_kind(found, *kind_of(document.url, document.title, document.tags, declared))


def as_kind(document: Document, kind: Kind, why: str) -> Document:
    """``document`` as one of that kind, with the dates that such a document is about.

    The day of an event is not taken for the day on which its page was published.
    """
    dates = occasions(document.dates, kind, document.title, document.text.split("\n"))
    dated = document.published
    if kind is Kind.EVENT and dated.source == "htmldate" and dated.first == dates.event.first:
        dated = UNDATED
    return replace(document, kind=kind, dates=dates, evidence=replace(document.evidence, kind=why), published=dated)


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
    folders = re.sub(r"[-_/]+", " ", unquote(urlsplit(url).path.rstrip("/").rpartition("/")[0]))
    for name, text in (("path", folders), ("title", _TIME.sub("", title)), *(("tag", tag) for tag in tags)):
        for kind, rule in _IN_TITLES if name == "title" else _RULES:
            if match := rule.search(text):
                yield kind, f"{name}: {match.group().lower()}"
                break
    for each in declared:
        if each.lower() in _TYPES:
            yield _TYPES[each.lower()], f"declared type: {each}"


def _committees(document: Document) -> Iterator[tuple[str, str]]:
    """Each committee that title, tags or folders name, with the evidence."""
    for source, text in (("title", document.title), *(("tag", tag) for tag in document.tags)):
        for match in _NAMED.finditer(text):
            yield _OPENING.sub("", match.group(), count=1), source
    for body, name in _FOLDER.findall(urlsplit(document.url).path.lower()):
        yield f"{name} {body}".replace("-", " ").title().replace(" And ", " and "), "path"
