"""What runs in public: each step is a target of the Makefile that a test makes, with few rights."""

import json
import re
import subprocess
import tomllib
from importlib import metadata

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.unit.publishing.making import ROOT, make

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))
DEV_CONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
CHECK = ROOT / ".venv" / "bin" / "check-jsonschema"


def read(path):
    # YAML 1.1 reads the key `on` as true.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


def jobs():
    return [(path.stem, name, job) for path in WORKFLOWS for name, job in read(path)["jobs"].items()]


def steps():
    in_jobs = [(f"{file}/{name}", step) for file, name, job in jobs() for step in job.get("steps", [])]
    in_actions = [(path.parent.name, step) for path in ACTIONS for step in read(path)["runs"]["steps"]]
    return in_jobs + in_actions


def runs():
    return [(where, step["run"]) for where, step in steps() if "run" in step]


def prerequisites():
    """Return what each target of the Makefile asks for."""
    rules = re.findall(r"^([a-z][a-z-]*):(?!=)([^#\n]*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {target: asked.replace("|", " ").split() for target, asked in rules}


def targets_that_tests_make():
    """Return the targets that tests name, and everything that `make test-all` makes."""
    tests = [*(ROOT / "tests" / "unit" / "publishing").glob("test_*.py")]
    tests += (ROOT / "tests" / "packaging").glob("test_*.py")
    waiting = {"test-all"}
    waiting |= {name for path in tests for name in re.findall(r'\bmake\(\s*"([a-z-]+)"', path.read_text())}
    made, rules = set(), prerequisites()
    while waiting:
        made.add(target := waiting.pop())
        waiting |= {asked for asked in rules.get(target, []) if asked in rules} - made
    return made


# ---------------------------------------------------------------- no logic in YAML
@pytest.mark.parametrize(("where", "run"), runs())
def test_a_step_is_one_target_of_the_makefile_that_a_test_makes(where, run):
    word, *targets = run.split(" ")
    assert (word, len(targets)) == ("make", 1), f"{where}: {run}"
    assert targets[0] in prerequisites()
    assert targets[0] in targets_that_tests_make()


def test_every_workflow_makes_something():
    makers = {where.split("/")[0] for where, _ in runs()}
    assert makers == {path.stem for path in WORKFLOWS} == {"gate", "weekly", "pages", "release"}


def test_a_target_that_no_test_makes_is_noticed():
    assert {"test", "wheel", "links", "book"} <= targets_that_tests_make()
    assert "bench" not in targets_that_tests_make()


@pytest.mark.parametrize("command", ["postCreateCommand", "postAttachCommand"])
def test_the_dev_container_makes_what_a_reader_makes(command):
    word, target = DEV_CONTAINER[command].split()
    assert word == "make" and target in prerequisites()


# ---------------------------------------------------------------- versions
def own_pythons():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return SpecifierSet(project["requires-python"])


def test_the_gate_takes_the_oldest_and_the_newest_python_that_the_pins_take():
    (job,) = [job for file, name, job in jobs() if (file, name) == ("gate", "test")]
    classifiers = metadata.metadata("pyspark").get_all("Classifier")
    named = [line.rsplit(" ", 1)[1] for line in classifiers if re.search(r":: 3\.\d+$", line)]
    fitting = sorted((v for v in named if v in own_pythons()), key=lambda version: int(version.split(".")[1]))
    assert job["strategy"]["matrix"]["python"] == [fitting[0], fitting[-1]]


def test_the_dev_container_has_a_python_that_the_project_takes():
    version = DEV_CONTAINER["image"].rsplit(":", 1)[1]
    assert version in own_pythons()


@pytest.mark.parametrize("step", [step for _, step in steps() if "uses" in step], ids=lambda s: s["uses"])
def test_an_action_is_githubs_own_at_a_major_version_or_the_projects(step):
    uses = step["uses"]
    if uses.startswith("./"):
        assert (ROOT / uses / "action.yml").is_file()
    else:
        assert re.fullmatch(r"actions/[a-z-]+@v\d+", uses)


def test_each_action_has_one_version():
    used = {step["uses"] for _, step in steps() if "@" in step.get("uses", "")}
    assert len({name.split("@")[0] for name in used}) == len(used), sorted(used)


# ---------------------------------------------------------------- rights and times
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_read_and_a_job_writes_only_what_it_publishes(path):
    assert read(path)["permissions"] == {"contents": "read"}
    rights = {name: job["permissions"] for name, job in read(path)["jobs"].items() if "permissions" in job}
    allowed = {
        "pages": {"publish": {"pages": "write", "id-token": "write"}},
        "release": {"publish": {"contents": "write"}},
    }
    assert rights == allowed.get(path.stem, {})


def test_only_the_try_of_the_next_versions_may_fail():
    lenient = {(file, name) for file, name, job in jobs() if "continue-on-error" in job}
    lenient |= {(where, "step") for where, step in steps() if "continue-on-error" in step}
    assert lenient == {("weekly", "next")}


def test_pages_and_releases_come_from_main_and_from_tags_alone():
    on = {path.stem: read(path)["on"] for path in WORKFLOWS}
    assert on["pages"]["push"] == {"branches": ["main"]} and "pull_request" not in on["pages"]
    assert on["release"] == {"push": {"tags": ["v*"]}}
    assert "schedule" in on["weekly"] and "pull_request" in on["gate"]


def test_a_release_waits_for_the_gate():
    release = {name: job for file, name, job in jobs() if file == "release"}
    assert release["gate"]["uses"] == "./.github/workflows/gate.yml"
    assert set(release["publish"]["needs"]) == {"gate", "build"}


# ---------------------------------------------------------------- the formats
def checks_in_lint():
    """Return each check of a format that `make lint` does: its options and its files."""
    listed = make("lint", "--dry-run", done=[".venv/.test"]).stdout.splitlines()
    lines = [line.split() for line in listed if "check-jsonschema" in line]
    return [(line[1:3], [path for glob in line[3:] for path in ROOT.glob(glob)]) for line in lines]


def test_lint_checks_every_file_that_another_program_reads():
    checked = {path for _, files in checks_in_lint() for path in files}
    others = {ROOT / "CITATION.cff", ROOT / ".devcontainer" / "devcontainer.json"}
    assert checked == {*WORKFLOWS, *ACTIONS, *others}


SLIPS = {
    "gate.yml": ("runs-on:", "run-on:"),
    "action.yml": ("using: composite", "using: composit"),
    "CITATION.cff": ("cff-version: 1.2.0", "cff-version: soon"),
    "devcontainer.json": ('"forwardPorts"', '"forwardPort"'),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_such_a_file_fails_lint_without_a_network(name, tmp_path):
    found = [(options, path) for options, files in checks_in_lint() for path in files if path.name == name]
    options, path = found[0]
    right, wrong = SLIPS[name]
    copy = tmp_path / path.name
    nowhere = {"https_proxy": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9"}

    text = path.read_text()
    assert right in text
    copy.write_text(text.replace(right, wrong))
    command = [CHECK, *options, copy]
    run = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=False)
    # Its own word: not a file or a schema that could not be read. Lint checks the files as they are.
    assert run.returncode == 1
    assert "Schema validation errors were encountered" in run.stdout
