"""What runs migralint elsewhere: the action, the image, and the pipelines that the README shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from needs import missing, need
from trees import plant

from migralint import init

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
README = ROOT / "README.md"
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SCHEMAS = {
    "github": "vendor.github-workflows",
    "gitlab": "vendor.gitlab-ci",
    "circleci": "vendor.circle-ci",
    "azure": "vendor.azure-pipelines",
}
NASTY = "$(touch pwned) `touch pwned` \"';touch pwned;'\" ${IFS}\n; touch pwned #"


def fits(schema: str, *files: Path) -> None:
    need("schemas", "check_jsonschema")
    known = ("--builtin-schema", schema, "--regex-variant", "nonunicode")
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *known, *files],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# Their form


def test_the_action_is_one() -> None:
    fits("vendor.github-actions", ROOT / "action.yml")


def test_the_workflows_are_some() -> None:
    fits(SCHEMAS["github"], *WORKFLOWS)


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_nothing_that_is_given_becomes_shell_text(path: Path) -> None:
    def steps(value: object) -> list[dict[str, Any]]:
        if isinstance(value, list):
            return [step for each in value for step in steps(each)]
        if not isinstance(value, dict):
            return []
        return [value] * ("run" in value) + steps(list(value.values()))

    found = steps(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert found or "uses" in path.read_text(encoding="utf-8")
    assert [step["run"] for step in found if "${{" in step["run"]] == []


USED = {
    "actions/checkout": "v4",
    "actions/setup-python": "v5",
    "actions/upload-artifact": "v4",
    "actions/download-artifact": "v4",
    "github/codeql-action/upload-sarif": "v3",
    "pypa/gh-action-pypi-publish": "release/v1",
}
"""The actions of others, each in one version everywhere."""


def test_actions_are_used_in_one_version() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*WORKFLOWS, ROOT / "action.yml", README)]
    texts.append(init.WORKFLOW)
    found = {each for text in texts for each in re.findall(r"uses: ([\w/.-]+)@(\S+)", text)}
    assert found == set(USED.items())


def test_the_workflow_that_init_writes_is_one(tmp_path: Path) -> None:
    offer = init.workflow(str(tmp_path), "0.1.0")
    assert offer is not None
    plant(tmp_path, {offer.path: offer.text})
    fits(SCHEMAS["github"], tmp_path / offer.path)


def test_a_release_is_tested_before_it_is_published() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    assert jobs["test"]["uses"] == "./.github/workflows/ci.yml"
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("test", "build")
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    tests = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert ".ci/run" in [step.get("run") for step in tests["all"]["steps"]]


# The action's scripts


class Runner:
    """As much of the runner of GitHub as the action needs: a repository with a pull request, and
    the steps that are scripts, each by the bash that is here."""

    def __init__(self, folder: Path) -> None:
        self.work = plant(
            folder / "work", {"db/V1__users.sql": "CREATE TABLE users (id bigint);\n"}
        )
        self.temp = folder / "temp"
        self.bin = folder / "bin"
        self.temp.mkdir()
        self.bin.mkdir()
        self.inputs = {
            name: str(given.get("default", "")) for name, given in ACTION["inputs"].items()
        }
        self.inputs |= {"changed-since": "", "token": "secret"}
        self.known = {"steps.install.outputs.python": sys.executable}
        self.variables = {"GITHUB_REPOSITORY": "acme/shop", "GITHUB_ACTION_PATH": str(ROOT)}
        self.log = ""
        self.status = 0
        git(self.work, "init", "--quiet", "--initial-branch=main")
        git(self.work, "add", ".")
        git(self.work, "commit", "--quiet", "--message=one")

    @property
    def outputs(self) -> dict[str, str]:
        return {name: self.said(output["value"]) for name, output in ACTION["outputs"].items()}

    @property
    def summary(self) -> str:
        path = self.temp / "summary"
        return path.read_text() if path.exists() else ""

    def value(self, name: str) -> str:
        if name.startswith("inputs."):
            return self.inputs[name.removeprefix("inputs.")]
        return self.known.get(name, "")

    def said(self, text: str) -> str:
        """A text with the expressions in it, which all are names."""
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: self.value(match[1]), str(text))

    def asked(self, condition: str) -> bool:
        """Whether a step runs: comparisons with texts, all of which have to hold."""
        found = re.findall(r"([\w.-]+) (==|!=) '([^']*)'", condition)
        assert " && ".join(f"{name} {sign} '{text}'" for name, sign, text in found) == condition
        return all((self.value(name) == text) == (sign == "==") for name, sign, text in found)

    def run(self, *left_out: str, **inputs: str) -> int:
        """Run the steps but those of these ids; the action's exit status."""
        self.inputs |= {name.replace("_", "-"): value for name, value in inputs.items()}
        for number, step in enumerate(ACTION["runs"]["steps"]):
            if "run" not in step or step.get("id") in left_out:
                continue
            if not self.asked(step["if"]) if "if" in step else False:
                continue
            if self.step(step, number):
                break
        return self.status

    def step(self, step: Mapping[str, Any], number: int) -> int:
        assert step["shell"] == "bash"
        script, told = self.temp / f"{number}.sh", self.temp / f"{number}.output"
        script.write_text(step["run"])
        told.touch()
        kept = {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}", "HOME": os.environ["HOME"]}
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.work,
            env={
                **{key: value for key, value in os.environ.items() if key.startswith("PIP_")},
                **kept,
                **self.variables,
                "RUNNER_TEMP": str(self.temp),
                "GITHUB_ACTIONS": "true",
                "GITHUB_OUTPUT": str(told),
                "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
                **{name: self.said(text) for name, text in step.get("env", {}).items()},
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.log += done.stdout
        self.status = done.returncode
        for line in told.read_text().splitlines():
            name, _, value = line.partition("=")
            self.known[f"steps.{step.get('id')}.outputs.{name}"] = value
        return done.returncode

    def clean(self) -> bool:
        """Nothing but the migrations is in the checkout."""
        return {path.name for path in self.work.iterdir()} <= {".git", "db", ".migralint_cache"}


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path)


INDEX = {"db/V2__index.sql": "CREATE INDEX users_id ON users (id);\n"}


def test_findings_are_annotations_and_fail(runner: Runner) -> None:
    plant(runner.work, INDEX)
    assert runner.run("install") == 1
    assert re.search(r"^::error file=db/V2__index.sql,line=1,.*MIG101", runner.log, re.MULTILINE)
    assert "MIG101" in runner.summary
    found = len(re.findall(r"^::(?:error|warning|notice) ", runner.log, re.MULTILINE))
    assert runner.outputs == {"status": "1", "findings": str(found), "sarif-file": ""}


def test_no_findings_pass(runner: Runner) -> None:
    assert runner.run("install", args="--select MIG101") == 0
    assert runner.outputs == {"status": "0", "findings": "0", "sarif-file": ""}


def test_options_are_words_as_in_a_shell(runner: Runner) -> None:
    plant(runner.work, {**INDEX, "my db/V1__a b.sql": "CREATE INDEX a ON b (c);\n"})
    given = {"args": "--select 'MIG101, MIG999'\n --exit-zero", "postgres_version": "17"}
    assert runner.run("install", paths="my db\n\ndb/V2__index.sql\n", **given) == 2
    assert "MIG999" in runner.log
    given["args"] = "--select 'MIG101, MIG001'\n --exit-zero"
    assert runner.run("install", paths="my db\n\ndb/V2__index.sql\n", **given) == 0
    assert runner.outputs["findings"] == "2"
    assert "file=my db/V1__a b.sql,line=1" in runner.log


def test_changed_since_leaves_out_what_was_there(runner: Runner) -> None:
    plant(runner.work, INDEX)
    git(runner.work, "add", ".")
    git(runner.work, "commit", "--quiet", "--message=two")
    assert runner.run("install", changed_since="main") == 0
    plant(runner.work, {"db/V3__more.sql": "CREATE INDEX users_more ON users (id);\n"})
    assert runner.run("install", changed_since="main") == 1
    assert "V3__more" in runner.log
    assert "V2__index" not in runner.log


def test_a_clone_without_its_history_says_what_to_do(runner: Runner) -> None:
    assert runner.run("install", changed_since="origin/main") == 2
    assert "::error title=migralint::migralint: --changed-since: git knows no" in runner.log
    assert runner.outputs["status"] == "2"


def test_the_base_of_a_pull_request_is_the_default() -> None:
    default = " ".join(ACTION["inputs"]["changed-since"]["default"].split())
    assert default == (
        "${{ github.event_name == 'pull_request' && format('origin/{0}', github.base_ref)"
        " || github.event_name == 'merge_group' && github.event.merge_group.base_sha || '' }}"
    )


def test_sarif_is_written_beside_and_keeps_the_status(runner: Runner) -> None:
    plant(runner.work, INDEX)
    assert runner.run("install", sarif="true") == 1
    file = Path(runner.outputs["sarif-file"])
    results = json.loads(file.read_text())["runs"][0]["results"]
    assert "MIG101" in {result["ruleId"] for result in results}
    assert runner.clean()


@pytest.mark.parametrize("name", ["paths", "postgres-version", "args", "changed-since"])
@pytest.mark.parametrize("text", [NASTY, "$(touch pwned)", "--output=pwned", "'", "-"])
def test_no_input_is_run(runner: Runner, name: str, text: str) -> None:
    plant(runner.work, INDEX)
    status = runner.run("install", sarif="true", comment="true", **{name: text})
    assert runner.clean(), sorted(path.name for path in runner.work.iterdir())
    if (name, text) == ("args", "--output=pwned"):  # ours comes after it
        assert status == 1
    elif (name, text) != ("paths", "-"):
        assert status == 2, runner.log
    assert runner.outputs["status"] == str(status)


def test_modules_of_the_checkout_are_never_imported(runner: Runner) -> None:
    code = "open('pwned', 'w')\n"
    names = ("migralint", "msgspec", "json", "sitecustomize", "pathspec")
    plant(runner.work, {f"{name}.py": code for name in names})
    runner.variables["PYTHONPATH"] = str(runner.work)
    runner.run("install")
    assert runner.outputs["status"] == "0"
    assert not (runner.work / "pwned").exists()


GH = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >>"$0.log"; done
echo -- >>"$0.log"
[ ! -e "$0.fails" ] || exit 1
case "$*" in *--paginate*) cat "$0.ours" 2>/dev/null || true ;; esac
"""


@pytest.fixture
def pull_request(runner: Runner) -> Runner:
    (runner.bin / "gh").write_text(GH)
    (runner.bin / "gh").chmod(0o755)
    runner.known["github.event.pull_request.number"] = "7"
    return runner


def asked(runner: Runner) -> list[str]:
    """What GitHub was asked to write, each with its place."""
    log = runner.bin / "gh.log"
    calls = log.read_text().split("--\n")[:-1] if log.exists() else []
    return [" ".join(call.split("\n")[3:5]) for call in calls if call.startswith("api\n--silent")]


def test_a_comment_is_made_once_and_kept_true(pull_request: Runner) -> None:
    assert pull_request.run("install", comment="true", args="--select MIG101") == 0
    assert asked(pull_request) == []
    plant(pull_request.work, INDEX)
    assert pull_request.run("install", comment="true") == 1
    assert asked(pull_request) == ["POST repos/acme/shop/issues/7/comments"]
    (pull_request.bin / "gh.ours").write_text("41\n42\n")
    assert pull_request.run("install", comment="true", args="--ignore all") == 0
    assert asked(pull_request)[1:] == ["PATCH repos/acme/shop/issues/comments/41"]
    files = re.findall(r"^body=@(.*)$", (pull_request.bin / "gh.log").read_text(), re.MULTILINE)
    assert "MIG101" in Path(files[0]).read_text()
    assert Path(files[1]).read_text().startswith("<!-- migralint -->")


def test_a_comment_that_may_not_be_written_is_a_warning(pull_request: Runner) -> None:
    (pull_request.bin / "gh.fails").touch()
    plant(pull_request.work, INDEX)
    assert pull_request.run("install", comment="true", args="--exit-zero") == 0
    assert "::warning title=migralint::The comment was not written" in pull_request.log


def test_no_comment_unless_asked_for(pull_request: Runner) -> None:
    plant(pull_request.work, INDEX)
    assert pull_request.run("install") == 1
    assert not (pull_request.bin / "gh.log").exists()


def test_the_action_installs_itself(runner: Runner, tmp_path: Path) -> None:
    ours = copied(
        tmp_path / "action", "pyproject.toml", "README.md", "LICENSE", "migralint", "rules"
    )
    runner.variables["GITHUB_ACTION_PATH"] = str(ours)
    runner.known["steps.python.outputs.python-path"] = sys.executable
    plant(runner.work, INDEX)
    del runner.known["steps.install.outputs.python"]
    status = runner.run()
    if "steps.install.outputs.python" not in runner.known:
        missing("system", f"a pip that finds packages ({runner.log[-500:]})")
    assert status == 1
    assert "MIG101" in runner.log
    assert str(runner.temp) in runner.known["steps.install.outputs.python"]


# The image


def copied(there: Path, *names: str) -> Path:
    """These files and folders of the repository, in a folder of their own."""
    there.mkdir()
    for name in names:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, there / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, there / name)
    return there


def test_the_image_gets_what_the_package_is_made_of(tmp_path: Path) -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    names = [
        name
        for words in re.findall(r"^COPY (.*)$", text, re.MULTILINE)
        for name in words.split()[:-1]
    ]
    let = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{name}" for name in names} == {line for line in let if line.startswith("!")}
    there = copied(tmp_path / "source", *names)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation"],
        cwd=there,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert list((there / "dist").glob("migralint-*.whl"))


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines[-3:] == ["USER 1000", "WORKDIR /work", 'ENTRYPOINT ["migralint"]']


# What the README shows


def shown() -> dict[str, Any]:
    """The pipelines of the README, by what they are for."""
    found: dict[str, Any] = {}
    for block in re.findall(
        r"^```yaml\n(.*?)^```$",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    ):
        document = yaml.safe_load(block)
        if isinstance(document, list):
            found["pre-commit"] = block
        elif "pool" in document:
            found["azure"] = block
        elif "jobs" in document:
            found["circleci" if "version" in document else "github"] = block
        else:
            found["gitlab"] = block
    return found


def test_the_readme_shows_pipelines() -> None:
    assert set(shown()) == {*SCHEMAS, "pre-commit"}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_pipeline_of_the_readme_is_one(name: str, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.yml"
    file.write_text(shown()[name])
    fits(SCHEMAS[name], file)


def test_the_hooks_of_the_readme_are_some(tmp_path: Path) -> None:
    need("pre-commit", "pre_commit")
    file = tmp_path / ".pre-commit-config.yaml"
    text = shown()["pre-commit"].replace("<where this repository is>", "https://example.org/a")
    file.write_text(f"repos:\n{text}")
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", file])
    assert done.returncode == 0


def test_the_readme_gives_the_action_what_it_takes() -> None:
    (job,) = yaml.safe_load(shown()["github"])["jobs"].values()
    (given,) = [step["with"] for step in job["steps"] if "migralint" in step.get("uses", "")]
    assert set(given) <= set(ACTION["inputs"])


def scripts(value: object) -> list[str]:
    """The commands of a pipeline, in order."""
    if isinstance(value, list):
        return [text for each in value for text in scripts(each)]
    if not isinstance(value, dict):
        return []
    found: list[str] = []
    for key, each in value.items():
        if key in ("script", "run", "command"):
            found += [each] if isinstance(each, str) else each if isinstance(each, list) else []
        if isinstance(each, dict | list):
            found += scripts(each)
    return found


@pytest.mark.parametrize(
    ("name", "known", "files"),
    [
        ("gitlab", {"SINCE": ""}, {"codequality.json", "junit.xml"}),
        ("gitlab", {"SINCE": "--changed-since=origin/main"}, {"codequality.json", "junit.xml"}),
        ("circleci", {"CIRCLE_BRANCH": "main"}, {"reports"}),
        ("circleci", {"CIRCLE_BRANCH": "feature"}, {"reports"}),
        ("azure", {}, {"junit.xml"}),
        ("azure", {"SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}, {"junit.xml"}),
        ("azure", {"SYSTEM_PULLREQUEST_TARGETBRANCH": "main"}, {"junit.xml"}),
    ],
)
def test_the_commands_of_a_pipeline_run(
    name: str, known: dict[str, str], files: set[str], runner: Runner
) -> None:
    """On a branch whose own migrations are fine: what main has counts where all of it is judged."""
    plant(runner.work, INDEX)
    git(runner.work, "add", ".")
    git(runner.work, "commit", "--quiet", "--message=two")
    git(runner.work, "update-ref", "refs/remotes/origin/main", "HEAD")
    (runner.bin / "pip").write_text("#!/bin/sh\n")
    (runner.bin / "migralint").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m migralint "$@"\n')
    for path in runner.bin.iterdir():
        path.chmod(0o755)
    environment = {
        **{
            key: value for key, value in os.environ.items() if not key.startswith(("CI", "SYSTEM_"))
        },
        **known,
        "PATH": f"{runner.bin}{os.pathsep}{os.environ['PATH']}",
    }
    commands = scripts(yaml.safe_load(shown()[name]))
    assert commands
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(commands)],
        cwd=runner.work,
        env=environment,
        capture_output=True,
        text=True,
    )
    narrowed = known.get("CIRCLE_BRANCH") != "main" and any(known.values())
    assert done.returncode == (0 if narrowed else 1), done.stdout + done.stderr
    assert {path.name for path in runner.work.iterdir()} >= files
