"""From a question and its hits to an answer: the sentences that say so, each quoted word for word.

Nothing is composed. Every sentence is a span of a stored version, compared with it before it leaves.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, takewhile

from index.analysis import terms
from index.recency import years_named
from index.records import NO_FILTERS, Card, Filters, Hit, Results
from index.search import PASSAGES_SHOWN, Searcher
from ingest.records import Document
from service.citing import place
from service.differing import NUMBER_OF_AN_ITEM, disputed
from service.evidence import Candidate, Question, Weighed, alike, candidates, stated, weigh
from service.present import section_at
from service.records import Answer, Citation, Sentence, State

CONSIDERED_HITS = 8
# The works that are shown beside an answer, in every state.
SHOWN_HITS = 10
# Of each work: a long report may answer in its fourth best place.
CONSIDERED_OF_A_WORK = 5
# At most so many sentences are quoted. Of a list with more characters, so much as its passage holds.
MOST_SENTENCES, LONGEST = 3, 2_000
# Below this chance that the best sentence answers, nothing is said.
SAYS = 0.3
# Sentences are added until they hold this much of the choice between all of them, and none that has less than such a
# part of the best one's share: it mostly speaks of something else.
ENOUGH, LEAST = 0.9, 0.1
# Sentences that share this much of their words say the same, unless their figures or names differ.
REPEATS = 0.7
# What stands today is quoted before what it replaced, from this part of that sentence's share of the choice on: with
# less, on the sample's developer half, it spoke of something else.
STANDS = 0.04
_SPECIFIC = re.compile(r"\b(?:\d[\d,.]*\d|\d|[A-Z][A-Z]+s?)\b")


def answer(question: str, searcher: Searcher, filters: Filters = NO_FILTERS) -> Answer:
    """Answer from the generation that ``searcher`` reads; the nearest works are given in every state."""
    results = near(question, searcher, filters)
    return tell(question, consider(question, results, searcher), results, searcher, filters)


def near(question: str, searcher: Searcher, filters: Filters = NO_FILTERS) -> Results:
    """The works that an answer is looked for in, with more of their passages than are shown."""
    return searcher.search(question, filters, SHOWN_HITS, shown=CONSIDERED_OF_A_WORK)


def consider(question: str, results: Results, searcher: Searcher) -> Weighed:
    """The sentences of the nearest works, best first, and the chance that they answer."""
    return weigh(list(candidates(Question.read(question, searcher), results.hits[:CONSIDERED_HITS])))


def abridged(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """``hits`` with as many of their passages as are shown."""
    return tuple(replace(hit, passages=hit.passages[:PASSAGES_SHOWN]) for hit in hits)


def tell(
    question: str, weighed: Weighed, results: Results, searcher: Searcher, filters: Filters = NO_FILTERS
) -> Answer:
    """The answer that ``weighed`` sentences make, or the state that says why there is none."""
    shown = abridged(results.hits)
    chosen = [one for one in choose(weighed) if not one.astray] if _says(weighed) else []
    # Who names a year asks for what was said then.
    ever = [] if years_named(question) else chosen
    differing = disputed(ever, weighed.candidates) if ever else []
    today = [] if differing else standing(question, ever, weighed, results.hits, searcher, filters)
    quoted = differing or for_reading(today or chosen)
    verified = tuple(filter(None, (_cite(number, one, searcher) for number, one in enumerate(quoted, start=1))))
    beside = State.NOT_FOUND if any(hit.likely for hit in shown) else State.OUT_OF_SCOPE
    state = _state(question, verified) if verified else beside
    sentences = tuple(Sentence(citation.quote, (citation.number,)) for citation in verified)
    return Answer(question, state, sentences, verified, shown, results.generation, bool(differing), bool(today))


def _says(weighed: Weighed) -> bool:
    """Whether the best sentence is likely enough to answer at least in part, and speaks of what was asked about."""
    return weighed.near >= SAYS and not weighed.candidates[0].astray


def choose(weighed: Weighed) -> list[Candidate]:
    """The best sentences, none saying again what another said, until they hold ``ENOUGH`` of the choice; each has at
    ``LEAST`` such a part of the first one's share.
    """
    before = accumulate(weighed.shares, initial=0.0)
    ranked = zip(weighed.candidates, weighed.shares, before, strict=False)
    heard = (one for one, share, held in ranked if held < ENOUGH and share >= LEAST * weighed.shares[0])
    return distinct(heard, MOST_SENTENCES)


def distinct(ranked: Iterable[Candidate], most: int) -> list[Candidate]:
    """The first ``most`` of ``ranked`` of which none says again what one before it said."""
    taken: list[Candidate] = []
    for one in takewhile(lambda _: len(taken) < most, ranked):
        if not any(_repeats(one, other) for other in taken):
            taken.append(one)
    return taken


def for_reading(chosen: Sequence[Candidate]) -> list[Candidate]:
    """``chosen`` with the sentences of one passage together, where the best of them stood, in their order there."""
    passages = list(dict.fromkeys(one.passage.id for one in chosen))
    return sorted(chosen, key=lambda one: (passages.index(one.passage.id), one.start))


def standing(
    question: str, chosen: list[Candidate], weighed: Weighed, hits: Sequence[Hit], searcher: Searcher, filters: Filters
) -> list[Candidate]:
    """``chosen`` with the best sentence of what stands today in place of a publication among them, and all others of
    it, before the rest; [] where none was replaced, or what stands today does not speak of the matter, or leads anyway.
    """
    later = next((one.card.replaced_by for one in chosen if one.card.replaced_by), None)
    if later is None:
        return []
    own = _own(later, question, hits, searcher, filters)
    ids = {hit.document.id for hit in own}
    again = weigh([*weighed.candidates, *candidates(Question.read(question, searcher), own)])
    ranked = zip(again.candidates, again.shares, strict=True)
    heard = (one for one, share in ranked if one.card.id in ids and share >= STANDS * again.shares[0])
    best = max((one for one in heard if not one.astray), key=lambda one: one.signals["offers"], default=None)
    rest = sorted(chosen, key=lambda one: one.card.id not in ids)
    if best is None or chosen[0].card.id in ids:
        return []
    return [best, *(one for one in rest if not _repeats(one, best))]


def _own(later: Card, question: str, hits: Sequence[Hit], searcher: Searcher, filters: Filters) -> list[Hit]:
    """The hits that are ``later`` itself, or of its kind another rendition: a press note tells of it.

    It need not be among ``hits``: where nothing narrows, it is looked for among what was published with it.
    """
    of_its_day = Filters(kinds=(later.kind,), since=later.published.first, until=later.published.until)
    more = () if filters != NO_FILTERS else near(question, searcher, of_its_day).hits
    of_kind = (hit for hit in (*hits, *more) if hit.document.kind is later.kind)
    return [hit for hit in of_kind if later in (hit.document, *hit.renditions)]


def _repeats(one: Candidate, other: Candidate) -> bool:
    if one.card == other.card and one.start < other.end and other.start < one.end:
        return True
    # Of two renditions one may number its items.
    mine, its = ({*_SPECIFIC.findall(NUMBER_OF_AN_ITEM.sub("", each.text))} for each in (one, other))
    return mine == its and alike(one.text, other.text, REPEATS)


def _cite(number: int, one: Candidate, searcher: Searcher) -> Citation | None:
    """The citation, or None where the stored version does not say these words at this place."""
    document = searcher.document(one.card.id, one.card.version)
    if document is None or not quotes(document, one.start, one.end, one.text):
        return None
    # A list may go on in the next passage.
    leads_in = ":\n" in one.text and one.end == one.passage.start + len(one.passage.text)
    whole = (document.text + "\n\n").index("\n\n", one.end) if leads_in else one.end
    end = whole if whole - one.start <= LONGEST and document.text[whole - 1] != ":" else one.end
    quote = document.text[one.start : end]
    # Small sections share a passage, which bears the name of the largest.
    home = section_at(document, one.start) or one.passage
    return Citation(
        number=number,
        document=one.card,
        quote=quote,
        start=one.start,
        end=end,
        heading=home.heading,
        page=one.passage.page,
        url=place(one.card, quote, home.anchor, one.passage.page, document.text, one.start),
        version=one.card.version,
        head=document.text[slice(*one.head)] if one.head else "",
    )


def quotes(document: Document, start: int, end: int, words: str) -> bool:
    """Whether ``document`` says exactly ``words`` from ``start`` to ``end``."""
    return 0 <= start < end and document.text[start:end] == words


def _state(question: str, citations: Sequence[Citation]) -> State:
    """Partly, where a number, a date or an acronym that was asked about stands nowhere in what is cited."""
    cited = ((c.quote, c.head, *c.heading, c.document.title, stated(c.document, question)) for c in citations)
    told = NUMBER_OF_AN_ITEM.sub("", "\n".join(line for lines in cited for line in lines))
    asked = " ".join(_SPECIFIC.findall(_spoken(question)))
    return State.ANSWERED if {*terms(asked)} <= {*terms(told)} else State.PARTLY


def _spoken(question: str) -> str:
    """``question`` in small letters where it is all in capitals, which tell no acronyms then."""
    return question.lower() if question.isupper() and question.count(" ") > 1 else question
