"""`make html`: the pages from their stored outputs, on a machine that has no Java."""

import os
import stat
import subprocess

from tests.unit.publishing.making import ROOT, make


def test_a_clean_clone_becomes_pages_without_java_and_without_a_chapter_run(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    called = tmp_path / "java_was_called"
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f'#!/bin/sh\ntouch "{called}"\nexit 1\n')
    java.chmod(java.stat().st_mode | stat.S_IXUSR)

    path = f"{java.parent}{os.pathsep}{os.environ['PATH']}"
    home = str(tmp_path / "cache")
    run = make("html", done=[".venv/.book"], cwd=clone, PATH=path, JAVA_HOME="", MEDALLION_LAB_CACHE=home)

    assert run.returncode == 0, run.stdout + run.stderr
    silver = (clone / "_build" / "html" / "book" / "layers" / "silver.html").read_text()
    assert "quarantine_sales_tbl" in silver
    assert not called.exists()
    assert not (tmp_path / "cache").exists()
