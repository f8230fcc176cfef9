"""The page for learners: paths that keep to what the chapters say, and a self-test that explains itself."""

import re

import pytest

from tests.notebooks.chapters import PLAYGROUNDS, chapters
from tests.unit.reference.pages import REFERENCE, headings, links, markdown

PAGE = REFERENCE / "for_learners.md"
TEXT = markdown(PAGE)
# Exercises are pages of their own: in the paths they are a column, not a row.
CHAPTERS = [page for page in chapters() if page.parent.name not in ("exercises", "solutions")]


def part(title, level="##"):
    return TEXT.partition(f"{level} {title}\n")[2].partition(f"\n{level} ")[0]


def targets(text):
    """Return the pages that a piece of this page's text links to, without their anchors."""
    found = re.findall(r"\]\(([^)#\s]+\.ipynb)(#[^)\s]+)?\)", text)
    return [((PAGE.parent / path).resolve(), anchor) for path, anchor in found]


# ---------------------------------------------------------------- the paths
PATHS = {
    text.partition("\n")[0]: text.partition("\n")[2]
    for text in re.split(r"^### ", part("Three ways through the book"), flags=re.MULTILINE)[1:]
}


def rows(path):
    """Return (chapter, minutes, exercises, what can be left out) for each page of a path, in its order."""
    found = []
    for line in PATHS[path].splitlines():
        if line.startswith("| ") and "](" in line:
            _, page, _, minutes, exercises, left_out = (cell.strip() for cell in line.strip("|").split("|"))
            [(chapter, _)] = targets(page)
            found.append((chapter, minutes, exercises, left_out))
    return found


def stated(chapter):
    """Return the minutes that a chapter's part *Time* states: of the page, and of its exercises or 0.

    A page to play on has no such part, and no minutes; it states those of its exercises.
    """
    if chapter.stem in PLAYGROUNDS:
        return 0, int(re.search(r"\[(\d+) minutes\]\([^)]+\) for the exercises\.", markdown(chapter))[1])
    time = re.search(r"^## Time\n(.+?)(?=^## |\Z)", markdown(chapter), flags=re.MULTILINE | re.DOTALL)
    found = re.search(r"\[(\d+) minutes\]\([^)]+\)(?:, (\d+) more for the exercises)?\.", time[1])
    return int(found[1]), int(found[2] or 0)


def in_words(minutes):
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest} min"


def test_there_are_three_paths():
    assert len(PATHS) == 3
    assert all(rows(path) for path in PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_each_chapter_is_on_the_path_or_named_as_left_out(path):
    [left_out] = re.findall(r"^\*\*Left out:\*\*.+?(?=\n\n|\Z)", PATHS[path], flags=re.MULTILINE | re.DOTALL)
    named = [chapter for chapter, *_ in rows(path)] + [chapter for chapter, _ in targets(left_out)]
    assert sorted(named) == sorted(CHAPTERS), "each chapter once: in the table, or below it"


@pytest.mark.parametrize("path", PATHS)
def test_the_minutes_are_those_that_the_chapters_state(path):
    for chapter, minutes, exercises, _ in rows(path):
        page, tries = stated(chapter)
        shown = f"{page}" if page else "–"
        assert minutes == (f"{shown} + {tries}" if exercises else shown), chapter.stem
        assert not exercises or tries, f"{chapter.stem} has no exercises"


@pytest.mark.parametrize("path", PATHS)
def test_a_path_adds_its_minutes_up(path):
    timed = [(*stated(chapter), exercises) for chapter, _, exercises, _ in rows(path)]
    pages = sum(page for page, _, _ in timed)
    tries = sum(minutes for _, minutes, exercises in timed if exercises)
    together = f"**Together:** {in_words(pages)} for the pages, {in_words(tries)} for the exercises."
    assert together in PATHS[path]


@pytest.mark.parametrize("path", PATHS)
def test_what_a_page_needs_comes_before_it(path):
    before = set()
    for chapter, *_ in rows(path):
        needs = re.search(r"\*\*Necessary:\*\*(.+)", markdown(chapter))
        needed = re.findall(r"\]\(([^)#]+\.ipynb)", needs[1]) if needs else []
        assert {(chapter.parent / page).resolve() for page in needed} <= before, chapter.stem
        before.add(chapter)


@pytest.mark.parametrize("path", PATHS)
def test_what_can_be_left_out_is_a_section_of_its_page(path):
    for chapter, _, _, left_out in rows(path):
        assert left_out, f"{chapter.stem}: say what, or 'nothing'"
        assert set(re.findall(r"\*([^*]+)\*", left_out)) <= set(headings(chapter)), chapter.stem


# ---------------------------------------------------------------- the self-test
TEST = part("Test yourself")
GROUPS = [text.partition("\n")[2] for text in re.split(r"^### ", TEST, flags=re.MULTILINE)[1:]]
ITEM = re.compile(
    r"^\*\*(\d+)\.\*\* (.+?)\n\n<details><summary>Answer to (\d+)</summary>\n\n(.+?)\n\n</details>$",
    flags=re.MULTILINE | re.DOTALL,
)
QUESTIONS = {int(number): (asked, answer) for number, asked, _, answer in ITEM.findall(TEST)}
# With one of these in front, a word answers: yes, no, or one of the two that are offered.
ANSWERED_BY_A_WORD = r"(?:Is|Are|Was|Were|Do|Does|Did|Can|Could|Will|Would|Has|Have|Had|Should|May)\b"


def sentences(text):
    """Return a text's sentences, as far as marks tell: code and addresses have marks of their own."""
    plain = re.sub(r"\]\([^)]+\)", "", re.sub(r"`[^`]+`", "code", text)).replace("[", "").replace("*", "")
    return [sentence for sentence in re.split(r"(?<=[.!?])[\"”]?\s+", plain.strip()) if sentence]


def test_there_are_thirty_questions_in_groups_of_five():
    assert list(QUESTIONS) == list(range(1, 31))
    assert [len(ITEM.findall(group)) for group in GROUPS] == [5] * 6


def test_each_answer_is_folded_under_its_own_number():
    assert all(number == answered for number, _, answered, _ in ITEM.findall(TEST))
    assert TEST.count("<details>") == TEST.count("</details>") == len(QUESTIONS)


@pytest.mark.parametrize("number", QUESTIONS)
def test_a_question_asks_for_more_than_a_word(number):
    asked = [sentence for sentence in sentences(QUESTIONS[number][0]) if sentence.endswith("?")]
    assert asked
    assert [sentence for sentence in asked if re.match(ANSWERED_BY_A_WORD, sentence)] == []


@pytest.mark.parametrize("number", QUESTIONS)
def test_an_answer_explains_in_a_few_sentences_and_leads_to_a_section(number):
    answer = QUESTIONS[number][1]
    assert 2 <= len(sentences(answer)) <= 5, sentences(answer)
    assert any(chapter in CHAPTERS and anchor for chapter, anchor in targets(answer)), "link a section"


def test_the_self_test_asks_about_every_chapter_that_teaches():
    asked = {chapter for _, answer in QUESTIONS.values() for chapter, _ in targets(answer)}
    assert asked == {chapter for chapter in CHAPTERS if chapter.stem not in PLAYGROUNDS}


def test_a_score_leads_back_to_the_pages_that_the_group_asked_about():
    scored = [line for line in part("What your score says").splitlines() if re.match(r"\| \d", line)]
    ranges = [(group * 5 + 1, group * 5 + 5) for group in range(6)]
    assert [re.match(r"\| (\d+) to (\d+) ", line).groups() for line in scored] == [
        (str(first), str(last)) for first, last in ranges
    ]
    for line, group in zip(scored, GROUPS, strict=True):
        sections, pages = line.strip("|").split("|")[1:3]
        assert all(anchor for _, anchor in targets(sections))
        assert {page for page, _ in targets(pages)} <= {page for page, _ in targets(group)}


def test_the_first_page_leads_here():
    assert PAGE.resolve() in {target for target, _ in links(REFERENCE.parent / "index.md")}
