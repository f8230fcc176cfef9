"""Links to other sites: one that leads to a page that is gone fails, one that was not answered is named."""

import http.server
import threading

import pytest
import yaml

from tests.unit.publishing.making import make, project_with, tiny_book
from tools.links import read_answers, settings_for_links

ANSWERS = {"/there": 200, "/gone": 404, "/no-robots": 403}


class Site(http.server.BaseHTTPRequestHandler):
    """Another site, which has one page, has lost one, and shows one to people only."""

    def do_GET(self):
        self.send_response(ANSWERS[self.path])
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def ask(folder, prose):
    folder.mkdir()
    book = tiny_book(folder, project_with(folder / "project"), prose)
    return make("links", f"LINKS=--book {book} --out {folder / 'links'}", done=[".venv/.book"])


def test_a_page_that_is_gone_fails_and_is_named_with_its_line(site, tmp_path):
    prose = f"[here]({site}/there), [lost]({site}/gone), [shy]({site}/no-robots)"
    run = ask(tmp_path / "a", prose)
    assert run.returncode != 0
    assert f"gone: book/index.md:3: {site}/gone: 404" in run.stdout, run.stdout + run.stderr
    assert "3 links to other sites: 1 gone, 1 not answered." in run.stdout


def test_a_page_for_people_only_is_named_and_does_not_fail(site, tmp_path):
    run = ask(tmp_path / "b", f"[here]({site}/there), [shy]({site}/no-robots)")
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"not answered: book/index.md:3: {site}/no-robots: 403" in run.stdout


def test_a_book_all_of_whose_pages_are_gone_has_a_network(site, tmp_path):
    run = ask(tmp_path / "d", f"[lost]({site}/gone)")
    assert run.returncode != 0
    assert f"gone: book/index.md:3: {site}/gone: 404" in run.stdout


def test_a_machine_without_a_network_is_not_told_that_every_page_is_gone(tmp_path):
    run = ask(tmp_path / "c", "[nowhere](http://127.0.0.1:9/nothing)")
    assert run.returncode != 0
    assert "Needed: a network" in run.stderr
    assert "gone:" not in run.stdout


def test_no_chapter_is_run_for_its_links():
    settings = settings_for_links(yaml.safe_load("execute: {execute_notebooks: cache, timeout: 300}"))
    assert settings["execute"] == {"execute_notebooks": "off"}


def test_a_host_that_is_no_more_is_gone():
    line = (
        '{"filename": "book/a.md", "lineno": 1, "status": "broken", "code": 0, "uri": "https://a.example/",'
        ' "info": "NameResolutionError: Failed to resolve a.example"}'
    )
    (link,) = read_answers([line, ""])
    assert link.gone
