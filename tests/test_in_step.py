"""A home is kept in step with its site: what is the same costs nothing, what changed is new, what is gone is gone."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any

import apsw
import pytest
from program import PROGRAM, ROOT, muniment
from room import BagEncoder, paper

from eval.sample.site import MEMBERS_AUTHORIZATION, Reply, SampleSite
from index.catalog import Catalog
from index.generation import current_folder, open_current
from index.publish import is_current, publish
from ingest.records import Audience
from service.config import Settings, read_settings
from service.home import Home

Change = Callable[[str, Reply], Reply]


@pytest.fixture
def home(sample_home: Home, tmp_path: Path) -> Path:
    """A home in step with the sample site, to be changed."""
    path = tmp_path / "home"
    shutil.copytree(sample_home.path, path, ignore=shutil.ignore_patterns("models"))
    (path / "models").symlink_to(sample_home.models)
    login = f'login_header = "Authorization"\nlogin_value = "{MEMBERS_AUTHORIZATION}"'
    (path / "muniment.toml").write_text(f"[crawl]\nloopback = true\n{login}\n")
    return path


@pytest.fixture
def change(sample_site: SampleSite, monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], None]:
    """Let the sample site answer otherwise from now on."""
    told = sample_site.reply

    def put(alter: Change) -> None:
        monkeypatch.setattr(sample_site, "reply", lambda path, login=None: alter(path, told(path, login)))

    return put


def reworded(reply: Reply, old: bytes, new: bytes) -> Reply:
    """The page with the last ``old`` in its content replaced."""
    head, content, foot = re.split(rb"(<main.*</main>|<div class=.content.*</div>)", reply.body, maxsplit=1, flags=re.S)
    return replace(reply, body=head + new.join(content.rsplit(old, 1)) + foot)


def crawl(home: Path, site: SampleSite, *options: str, code: int = 0) -> dict[str, Any]:
    done = muniment("crawl", f"{site.url}/", "--home", home, "--json", *options)
    assert done.returncode == code, done.stderr
    return dict(json.loads(done.stdout))


def kept(home: Path) -> dict[str, tuple[str, str]]:
    """Version and text of every document held, by address."""
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        return {e.current.url: (e.current.version, e.current.text) for e in catalog.editions(Audience.MEMBERS)}


def count(home: Path, table: str) -> int:
    return int(apsw.Connection(str(home / "catalog.sqlite")).execute(f"SELECT count(*) FROM {table}").get)


def failures(note: bytes) -> set[str]:
    return {one["url"] for one in json.loads(note)["failures"]}


def found(home: Path, *options: str) -> set[str]:
    """The addresses that a search of everything shows."""
    done = muniment("search", "", "--limit", 1000, "--home", home, "--json", *options)
    works = json.loads(done.stdout)["hits"]
    return {one["url"] for work in works for one in (work["document"], *work["renditions"])}


def articles(site: SampleSite, home: Path) -> list[str]:
    """The paths of the public publications that are pages in English."""
    paths = sorted(url.removeprefix(site.url) for url in kept(home))
    return [path for path in paths if not re.search(r"\.pdf$|/members/|/cy/", path)]


def test_what_has_not_changed_is_neither_fetched_nor_encoded_nor_published_again(
    home: Path, sample_site: SampleSite
) -> None:
    before = kept(home), count(home, "revision"), count(home, "vector"), sorted((home / "generations").rglob("*"))
    done = crawl(home, sample_site)
    assert (
        done["crawl"]["fetched"]
        == done["crawl"]["changed"]
        == done["intake"]["changed"]
        == done["intake"]["refiled"]
        == 0
    )
    assert done["crawl"]["unchanged"] > 50
    assert (
        kept(home),
        count(home, "revision"),
        count(home, "vector"),
        sorted((home / "generations").rglob("*")),
    ) == before


def test_twenty_edits_are_twenty_revisions_and_twenty_withdrawals_leave_the_search(
    home: Path, sample_site: SampleSite, change: Callable[[Change], None]
) -> None:
    paths = articles(sample_site, home)
    edited, gone = paths[:20], paths[20:40]
    before, shown = count(home, "revision"), found(home)
    missing = sample_site.reply("/no-such-page/")

    def alter(path: str, reply: Reply) -> Reply:
        if path in gone:
            return missing
        return reworded(reply, b" the ", b" that hereby corrected ") if path in edited else reply

    change(alter)
    done = crawl(home, sample_site)
    assert (done["intake"]["changed"], done["intake"]["withdrawn"]) == (20, 20)
    assert count(home, "revision") == before + 20
    left = {sample_site.url + path for path in gone}
    assert left <= shown
    assert found(home) == shown - left
    corrected = {url for url, (_, text) in kept(home).items() if "that hereby corrected" in text}
    assert corrected == {sample_site.url + path for path in edited}


def test_a_rehearsal_says_what_would_be_taken_and_by_which_rule_and_keeps_nothing(
    sample_home: Home, sample_site: SampleSite, tmp_path: Path
) -> None:
    rows = json.loads(
        muniment(
            "crawl", f"{sample_site.url}/", "--dry-run", "--loopback", "--home", tmp_path / "none", "--json"
        ).stdout
    )
    public = {url for url in kept(sample_home.path) if "/members/" not in url}
    assert public <= {row["url"] for row in rows if row["taken"]}
    rules = {row["url"].removeprefix(sample_site.url): row["rule"] for row in rows if not row["taken"]}
    assert rules["/"] == "listing"
    assert rules["/members/"] == "login"
    assert any(path.startswith("/calendar/") for path in rules)
    assert not (tmp_path / "none").exists()


def test_a_settings_file_is_written_once_and_says_nothing_but_what_is_so(tmp_path: Path) -> None:
    assert muniment("init", "www.example.org", "--home", tmp_path).returncode == 0
    file = tmp_path / "muniment.toml"
    written = read_settings(tmp_path, {}).settings
    assert (written.name, written.crawl.seeds) == ("www.example.org", ("https://www.example.org/",))
    text = file.read_text()
    file.write_text(re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE))
    configured = read_settings(tmp_path, {})
    shown = {"name", "kinds", "crawl.seeds", "crawl.hosts", "crawl.include", "crawl.exclude", "crawl.login_header"}
    shown |= {"questions", "look.logo", "look.accent", "look.accent_dark"}
    for name in set(configured.origins) - shown:
        section, _, last = name.partition(".")
        assert getattr(getattr(configured.settings, section), last) == getattr(getattr(Settings(), section), last)
    file.write_text("mine")
    again = muniment("init", "www.example.org", "--home", tmp_path)
    assert (again.returncode, file.read_text()) == (78, "mine")


def test_without_an_address_a_crawl_begins_at_the_settings_seeds(
    sample_site: SampleSite, models: Path, tmp_path: Path
) -> None:
    assert muniment("init", f"{sample_site.url}/about/", "--home", tmp_path).returncode == 0
    (tmp_path / "models").symlink_to(models)
    limits = {"MUNIMENT_CRAWL_INCLUDE": '["/about/"]', "MUNIMENT_KINDS": '[["/abo*", "report"]]'}
    done = muniment("crawl", "--loopback", "--home", tmp_path, **limits)
    assert done.returncode == 0, done.stderr
    with closing(Catalog(tmp_path / "catalog.sqlite")) as catalog:
        [one] = catalog.editions(Audience.PUBLIC)
    assert (one.current.url, one.current.kind) == (f"{sample_site.url}/about/", "report")


def test_a_redesign_that_leaves_no_text_keeps_the_last_good_one_and_says_so(
    home: Path, sample_site: SampleSite, change: Callable[[Change], None]
) -> None:
    before = kept(home)
    emptied = re.compile(rb"(<main.*</main>|<div class=.content.*</div>)", re.DOTALL)
    change(lambda path, reply: replace(reply, body=emptied.sub(b"<div id=app>Loading</div>", reply.body)))
    done = crawl(home, sample_site, "--no-publish", code=1)
    assert "have lost their text" in done["intake"]["alarms"][-1]
    assert kept(home) == before
    assert "redesigned" in {one["rule"] for one in done["intake"]["unreadable"]}


def test_the_archive_alone_makes_the_same_documents_again(
    home: Path, sample_site: SampleSite, change: Callable[[Change], None]
) -> None:
    before = kept(home)
    for file in home.glob("catalog.sqlite*"):
        file.unlink()
    shutil.rmtree(home / "templates")
    note = (home / "crawl.json").read_bytes()
    (home / "crawl.json").unlink()
    asked: list[str] = []
    change(lambda path, reply: asked.append(path) or reply)  # type: ignore[func-returns-value]
    done = muniment("rebuild", "--from-archive", "--no-publish", "--home", home)
    assert done.returncode == 0, done.stderr
    assert kept(home) == before
    assert asked == []
    assert b"remedy" in note
    assert json.loads((home / "crawl.json").read_bytes())["crawled_at"] == json.loads(note)["crawled_at"]
    assert failures((home / "crawl.json").read_bytes()) == failures(note)


def test_an_editors_withdrawal_outlives_the_pages_change_and_can_be_undone(
    home: Path, sample_site: SampleSite, change: Callable[[Change], None]
) -> None:
    paths = articles(sample_site, home)
    out, closed = f"{sample_site.url}{paths[0]}", f"{sample_site.url}{paths[2]}"
    assert muniment("withdraw", out, "--home", home).returncode == 0
    assert muniment("restrict", closed, "--home", home).returncode == 0
    change(lambda path, reply: reworded(reply, b" the ", b" that very ") if path in paths[:3] else reply)
    crawl(home, sample_site)
    assert not {out, closed} & found(home)
    assert {out, closed} & found(home, "--audience", "members") == {closed}
    assert "An editor's decision" in muniment("why", out, "--home", home).stdout
    assert muniment("withdraw", out, "--undo", "--home", home).returncode == 0
    assert {out, closed} & found(home) == {out}
    assert "that very" in kept(home)[out][1]


def test_members_are_shown_the_whole_and_the_public_its_teaser_byte_for_byte(
    home: Path, sample_site: SampleSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = articles(sample_site, home)[0], sample_site.reply
    url, public = sample_site.url + path, current_folder(home / "generations", Audience.PUBLIC)

    def reply(asked: str, login: str | None = None) -> Reply:
        said = told(asked, login)
        if login and said.media_type.startswith("text/html"):
            said = replace(said, body=said.body.replace(b"<nav", b"<p>Signed in.</p><nav"))
        return reworded(said, b" the ", b" that quagga ") if asked == path and login else said

    monkeypatch.setattr(sample_site, "reply", reply)
    done = crawl(home, sample_site)
    assert (done["intake"]["changed"], done["intake"]["withdrawn"]) == (1, 0)
    assert current_folder(home / "generations", Audience.PUBLIC) == public
    assert "that quagga" in kept(home)[f"{url}#members"][1]
    assert url not in kept(home)
    members = found(home, "--audience", "members")
    assert f"{url}#members" in members and url not in members and url in found(home)
    again = crawl(home, sample_site)
    assert (again["intake"]["changed"], again["intake"]["withdrawn"]) == (0, 0)
    assert "for members" in muniment("why", url, "--home", home).stdout
    assert muniment("withdraw", url, "--home", home).returncode == 0
    assert members - found(home, "--audience", "members") == {f"{url}#members"}
    assert muniment("forget", url, "--home", home).returncode == 0
    assert not [line for line in kept(home) if line.startswith(url)]


def test_the_doctor_finds_a_healthy_home_well_and_names_what_is_not(home: Path, sample_site: SampleSite) -> None:
    well = muniment("doctor", "--home", home, "--json")
    findings = json.loads(well.stdout)
    assert well.returncode == 0, well.stdout
    assert [one["check"] for one in findings][:3] == ["public index", "members index", "languages"]
    assert "1 in cy" in findings[2]["found"]
    scans = [one for one in findings if one["check"] == "failure"]
    assert scans and all(one["remedy"] for one in scans)

    file = next((home / "templates").glob("*.json"))
    file.write_text(file.read_text().replace('"alarm":""', '"alarm":"Redesigned."'))
    with closing(Catalog(home / "catalog.sqlite")) as catalog:
        catalog.withdraw(sample_site.url + articles(sample_site, home)[0])
    frontier = apsw.Connection(str(home / "frontier.sqlite"))
    frontier.execute("UPDATE crawls SET started_at = '2020-01-01T00:00:00+00:00'")
    frontier.execute("UPDATE pages SET pending = 1 WHERE url LIKE '%/about/'")
    ill = muniment("doctor", "--home", home, "--json")
    assert ill.returncode == 1
    wrong = {one["check"]: one for one in json.loads(ill.stdout) if one["wrong"]}
    assert set(wrong) == {"public index", "members index", "templates", "pages", "oldest page"}
    assert all(one["remedy"] for one in wrong.values())


def test_the_doctor_fails_on_one_flipped_byte_of_a_segment(home: Path) -> None:
    folder = current_folder(home / "generations", Audience.PUBLIC)
    assert folder is not None
    file = next(folder.glob("segments/*/vectors.faiss"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    ill = muniment("doctor", "--home", home)
    assert ill.returncode == 1
    assert "WRONG public index" in ill.stdout


def test_an_index_is_current_in_whatever_place_the_catalog_counts_its_documents(tmp_path: Path) -> None:
    one, other = paper("one", "A text."), paper("other", "A text.")
    with closing(Catalog(tmp_path / "first.sqlite")) as first, closing(Catalog(tmp_path / "second.sqlite")) as second:
        first.put(one, [])
        second.put(other, [])
        second.withdraw(other.url)
        second.put(one, [])
        publish(first, first.listings()[Audience.PUBLIC], tmp_path, Audience.PUBLIC, BagEncoder().spec)
        assert is_current(second, *open_current(tmp_path, Audience.PUBLIC))
        second.put(other, [])
        assert not is_current(second, *open_current(tmp_path, Audience.PUBLIC))


def test_what_was_learned_of_a_site_is_shown_with_three_pages_before_and_after(
    home: Path, sample_site: SampleSite
) -> None:
    host = sample_site.url.removeprefix("http://")
    told = json.loads(muniment("template", host, "--home", home, "--json").stdout)
    assert sum(group["pages"] for group in told["template"]["groups"]) > 30
    assert len(told["samples"]) == 3
    for one in told["samples"]:
        assert len(one["after"]) < len(one["before"])
        assert (one["url"], one["after"]) in {(url, text) for url, (_, text) in kept(home).items()}
    assert "Group 1:" in muniment("template", host, "--home", home).stdout
    assert muniment("template", "elsewhere.example", "--home", home).returncode == 1


def test_a_crawl_on_watch_outlives_a_round_that_failed_and_ends_when_told_to(
    home: Path, sample_site: SampleSite, change: Callable[[Change], None]
) -> None:
    closed = b"User-agent: *\nDisallow: /"
    options = ["--every", "1s", "--no-publish", "--json", "--home", str(home)]
    with subprocess.Popen(
        [*PROGRAM, "crawl", f"{sample_site.url}/", *options], cwd=ROOT, stdout=PIPE, stderr=STDOUT, text=True
    ) as watch:
        assert watch.stdout is not None
        first = next(line for line in watch.stdout if line.startswith("{"))
        assert json.loads(first)["intake"]["changed"] == 0
        change(lambda path, reply: replace(reply, body=closed) if path == "/robots.txt" else reply)
        assert "forbids" in next(line for line in watch.stdout if "This round failed; the next one comes." in line)
        change(lambda path, reply: reworded(reply, b" the ", b" that very ") if path == "/about/" else reply)
        assert any(line.startswith("{") and json.loads(line)["intake"]["changed"] == 1 for line in watch.stdout)
        watch.terminate()
        said = watch.stdout.read()
    assert (watch.returncode, said.count("Traceback")) == (130, 0), said


STOPPED = """
import os, signal
from ingest import crawl
judge = crawl.judge
def judged(*told):
    crawl.judge = judge
    os.kill(os.getpid(), signal.SIGTERM)
    return judge(*told)
crawl.judge = judged
from service.cli import main
main()
"""


@pytest.mark.parametrize("trapped", ["", "trap '' INT; "], ids=["in front", "in the background"])
def test_a_crawl_that_is_told_to_end_while_it_judges_a_page_ends_with_one_sentence(
    home: Path, sample_site: SampleSite, trapped: str
) -> None:
    crawl = [sys.executable, "-c", STOPPED, "crawl", f"{sample_site.url}/", "--home", str(home)]
    command = ["sh", "-c", f'{trapped}exec "$@"', "sh", *crawl]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.strip().count("\n")) == (130, 0), done.stderr
    assert "the same command goes on from there" in done.stderr


@pytest.mark.parametrize("pause", ["6", "h", "1 day", "-1h"])
def test_a_pause_that_is_no_length_of_time_is_refused(pause: str, tmp_path: Path) -> None:
    refused = muniment("crawl", "https://www.example.org/", "--every", pause, "--home", tmp_path)
    assert refused.returncode == 2
    assert "no length of time" in refused.stderr
