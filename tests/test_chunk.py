"""Passages: whole sentences, within the window, nothing lost and nothing twice."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ingest.chunk import chunk, context
from ingest.records import Document, Passage, Section


def words(texts: Sequence[str]) -> list[int]:
    """A stand-in tokenizer: a word piece for every four letters begun."""
    return [sum(1 + (len(word) - 1) // 4 for word in text.split()) for text in texts]


def document(*sections: tuple[tuple[str, ...], str], pages: Sequence[int] = ()) -> Document:
    text, parts = "", []
    for at, (heading, body) in enumerate(sections):
        text += "\n\n" if text else ""
        page = pages[at] if pages else None
        parts.append(Section(len(text), len(text) + len(body), heading, f"s{at}", page))
        text += body
    return Document("https://example.org/a", "Title", text, tuple(parts))


def sentence(number: int, size: int = 12) -> str:
    return " ".join(["The", "board", "met", *["and"] * (size - 4), f"n{number}."])


def check(doc: Document, passages: list[Passage], limit: int = 254) -> None:
    covered = [at for p in passages for at in range(p.start, p.end)]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(doc.text) if not char.isspace()} <= set(covered)
    for passage in passages:
        assert doc.text[passage.start : passage.end] == passage.text == passage.text.strip()
        assert words([passage.text])[0] <= limit


def test_a_short_document_is_one_passage() -> None:
    doc = document(((), "The board met. It agreed."))
    assert chunk(doc, words, 256) == [Passage(0, 25, "The board met. It agreed.", (), "s0")]


def test_a_long_section_is_cut_at_sentences_into_even_passages() -> None:
    doc = document((("Findings",), " ".join(sentence(n) for n in range(40))))
    passages = chunk(doc, words, 256)
    check(doc, passages)
    sizes = words([p.text for p in passages])
    assert all(p.text.startswith("The board") and p.text.endswith(".") for p in passages)
    assert max(sizes) <= 200 and max(sizes) - min(sizes) <= words([sentence(1)])[0]
    assert {(p.heading, p.anchor) for p in passages} == {(("Findings",), "s0")}


def test_the_title_and_heading_leave_less_room_for_the_text() -> None:
    heading = ("An extraordinarily long heading " * 15).strip()
    doc = document(((heading,), " ".join(sentence(n) for n in range(40))))
    room = 256 - 2 - words([context("Title", (heading,))])[0]
    check(doc, chunk(doc, words, 256), limit=max(room, 126))
    assert context("", ("Findings", "")) == "Findings"


def test_tiny_neighbouring_sections_of_one_parent_share_a_passage() -> None:
    doc = document(
        (("Work", "Actions", "One"), "One\n\nWrite to members."),
        (("Work", "Actions", "Two"), "Two\n\nReply to the board, please."),
    )
    (only,) = chunk(doc, words, 256)
    assert only.text == doc.text and only.heading == ("Work", "Actions", "Two")


def test_sections_of_other_parents_and_other_pages_stay_apart() -> None:
    apart = document((("A", "One"), "One. Write."), (("B", "Two"), "Two. Reply."))
    assert len(chunk(apart, words, 256)) == 2
    deeper = document((("A", "B", "One"), "One. Write."), (("A", "C", "Two"), "Two. Reply."))
    assert len(chunk(deeper, words, 256)) == 2
    pages = document(((), "Write."), ((), "Reply."), pages=(1, 2))
    assert [p.page for p in chunk(pages, words, 256)] == [1, 2]


def test_a_tiny_section_stays_apart_from_one_that_it_does_not_fit_in_with() -> None:
    doc = document(
        (("Actions", "One"), "Write to every member."), (("Actions", "Two"), " ".join(sentence(n) for n in range(15)))
    )
    assert [p.heading[1] for p in chunk(doc, words, 256)] == ["One", "Two"]


def test_a_heading_alone_joins_what_follows_it() -> None:
    doc = document(
        (("Findings",), "Findings"), (("Findings", "Care"), "Care\n\n" + " ".join(sentence(n) for n in range(9)))
    )
    (only,) = chunk(doc, words, 256)
    assert only.heading == ("Findings", "Care")


def test_a_sentence_longer_than_the_window_is_cut_after_a_clause() -> None:
    clause = "the " + "word " * 98 + "ends; "
    doc = document(((), (clause * 5).strip() + "."))
    passages = chunk(doc, words, 256)
    check(doc, passages)
    assert all(p.text.endswith(("ends;", "ends;.")) for p in passages)


def test_a_word_longer_than_the_window_is_cut_by_characters() -> None:
    doc = document(((), "before " + "x" * 3000 + " after."))
    check(doc, chunk(doc, words, 256))


def test_an_empty_document_has_no_passages() -> None:
    assert chunk(Document("https://example.org/a", "Title", "", ()), words, 256) == []


def test_tokens_are_counted_in_one_call() -> None:
    calls = []

    def counting(texts: Sequence[str]) -> list[int]:
        calls.append(len(texts))
        return words(texts)

    chunk(document((("A",), sentence(1)), (("B",), sentence(2))), counting, 256)
    assert len(calls) == 1


PROSE = st.text(alphabet=st.sampled_from("abc AB. ;\n,"), max_size=900)


@given(st.lists(st.tuples(st.sampled_from([(), ("A",), ("A", "B"), ("C",)]), PROSE), max_size=5), st.integers(20, 300))
def test_every_visible_character_is_in_exactly_one_passage(
    sections: list[tuple[tuple[str, ...], str]], window: int
) -> None:
    doc = document(*sections)
    check(doc, chunk(doc, words, window), limit=window)
