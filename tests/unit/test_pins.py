"""Each version has one home, and the files for pip, conda and Binder must say the same."""

import re
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def pins_in(lines):
    exact = [line.strip().split("==") for line in lines if re.match(r"\s*[A-Za-z0-9_.-]+==", line)]
    return {plain(name): version for name, version in exact}


def constraints():
    return pins_in((ROOT / "constraints.txt").read_text().splitlines())


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def direct_requirements():
    declared = project()["dependencies"] + project()["optional-dependencies"]["book"]
    return {plain(Requirement(line).name) for line in declared}


def test_conda_installs_the_versions_of_the_constraints():
    pip_part = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"]
    assert pins_in(pip_part) == {name: constraints()[name] for name in direct_requirements()}
    assert "-c constraints.txt" in pip_part


def test_binder_installs_the_versions_of_the_constraints():
    lines = (ROOT / ".binder" / "requirements.txt").read_text().splitlines()
    assert pins_in(lines) == {name: constraints()[name] for name in direct_requirements()}
    assert "-c ../constraints.txt" in lines


def test_every_declared_requirement_admits_its_constraint():
    declared = list(project()["dependencies"])
    for extra in project()["optional-dependencies"].values():
        declared += extra
    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(constraints()[plain(requirement.name)]), requirement


def test_constraints_name_versions_and_no_places():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    odd = [
        line
        for line in lines
        if not line.startswith("#") and not re.fullmatch(r"[A-Za-z0-9_.-]+==[^\s/@]+", line)
    ]
    assert odd == []
