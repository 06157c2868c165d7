"""Sentence spans of English prose, exact to the character."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABBREVIATIONS = _words("""
    adj al approx apr art assoc aug ave bros ca capt cf ch cl cllr co col cons corp cr dec dept dir dr e.g ed eds eg
    esp est et etc ex feb fig figs fr gen gov govt hon i.e ibid ie inc incl jan jr jul jun lt ltd mar max min misc mr
    mrs ms mt no nos nov oct op p para paras pg pp prof pt pts q.v ref refs rep resp rev rt s sch sec sect sen sep
    sept sess sgt sr st subs supp tel univ v viz vol vols vs yr yrs
""")
# These end a sentence as often as not; what follows decides.
_EITHER = _words("""
    etc al co inc ltd jr sr no p v s st mar max min art sec ref fr pt ex u.k u.s e.u u.n a.m p.m
""")
# Followed by a figure these are part of a reference: "No. 4", "para. 12", "s. 17", "Jan. 2015".
_BEFORE_FIGURE = _ABBREVIATIONS - _words("etc al co inc ltd jr sr")
_STARTERS = _words("""
    a after all also although an and any as at because before both but by during each every for from he her his how
    however i if in it its many members most new no not on one our several she since so some such that the their then
    there these they this those to under until we what when where which while who why with you your
""")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?:\[\d+\]|(?<=[^\W\d_][.!?])\d{1,3}|[⁰¹²³⁴-⁹]+)*(?=\s)|[。！？]")
_LAST_WORD = re.compile(r"(?:^|[\s(\[\"'“‘/–—])([^\s(\[\"'“‘/–—]*)$")
_NEXT_WORD = re.compile(r"[\"'“‘«(\[•*–—-]*\s*([^\W\d_]+|\d+|[^\w\s]?)", re.UNICODE)
# Further away nothing bears on whether a sentence ends.
_NEAR = 200
_TRIMMED = re.compile(r"\S(?:.*\S)?")
_MARKER = re.compile(r"(?:\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxlIVXL]{1,5})[.)]|[•*–—-])$")


def split(text: str) -> list[tuple[int, int]]:
    """The sentences of ``text`` in order, as (start, end) without surrounding white space.

    A line break always ends a sentence (lines are paragraphs, list items or table rows). Every
    character that is not white space lies in exactly one span.
    """
    return [span for line in re.finditer(r"[^\n\r]+", text) for span in _split_line(text, *line.span())]


def _split_line(text: str, start: int, end: int) -> list[tuple[int, int]]:
    line, begin, spans = text[start:end], 0, []
    for match in _END.finditer(line):
        mark, after = match.span()
        if _ends(line[max(begin, mark - _NEAR) : mark], match.group(), line[after : after + _NEAR]):
            spans.append((begin, after))
            begin = after
    spans.append((begin, len(line)))
    return [trimmed.span() for a, b in spans if (trimmed := _TRIMMED.search(text, start + a, start + b))]


def _ends(before: str, mark: str, after: str) -> bool:
    """Whether a sentence ends at ``mark``: judged by the word before it and the word after."""
    following = _NEXT_WORD.match(after.lstrip()[:80])
    word = following.group(1) if following else ""
    if word.islower() and not mark.startswith("。"):
        return False
    if not mark.startswith(".") or len(mark.rstrip("\"'”’»)]0123456789⁰¹²³⁴⁵⁶⁷⁸⁹")) > 1:
        return True
    if _MARKER.match(before.strip() + "."):
        return False
    last = _LAST_WORD.search(before)
    return _full_stop((last.group(1) if last else before), mark, word)


def _full_stop(last: str, mark: str, following: str) -> bool:
    lower = last.lower()
    if (following.isdigit() or mark[-1].isdigit()) and lower in _BEFORE_FIGURE:
        return False
    if len(mark) > 1:
        return True
    starter = following.lower() in _STARTERS
    if lower in _EITHER:
        return starter
    if lower in _ABBREVIATIONS:
        return False
    if re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", last) or re.fullmatch(r"[A-Z]", last):
        return starter and following != "I"
    return True
