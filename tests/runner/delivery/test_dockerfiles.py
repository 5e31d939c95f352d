"""What the sandbox's stand-in for a build refuses, and what it only names."""

from pathlib import Path

import pytest

from idp.errors import StepError
from idp.runner.delivery.dockerfiles import check

PASSES = {
    "the smallest": "FROM scratch\n",
    "an argument before": "ARG BASE=x\nFROM $BASE\n",
    "comments, blank lines and continuations": "# one\n\nFROM x\nRUN a && \\\n  # two\n  b\n",
    "small letters": "from x\ncopy src /src\n",
    "a pattern": "FROM x\nCOPY src/*.py /\n",
    "all of it": "FROM x\nCOPY . /\n",
    "options and several": "FROM x\nCOPY --chown=1:1 src/app.py README /app/\n",
    "the exec form": 'FROM x\nCOPY ["src", "/src"]\n',
    "another stage's file": "FROM x AS a\nFROM y\nCOPY --from=a /bin/x /bin/x\n",
    "an address": "FROM x\nADD https://example.com/x /x\n",
    "a variable": "FROM x\nCOPY $WHAT /\n",
    "something that false is part of": "FROM x\nRUN falsework\nRUN exit 0\n",
    "no end of line": "FROM x\nRUN a \\",
}
REFUSED = {
    "nothing": ("", "does not begin with FROM"),
    "no FROM": ("RUN a\nFROM x\n", "does not begin with FROM"),
    "an unknown instruction": ("FROM x\nCOPPY a b\n", "line 2: COPPY is no instruction"),
    "a failing command": ("FROM x\nRUN \\\n  false\n", "line 2: RUN false failed"),
    "an exit": ("FROM x\nRUN exit 3\n", "line 2: RUN exit 3 failed"),
    "the exec form of it": ('FROM x\nRUN ["/bin/false"]\n', r'line 2: RUN \["/bin/false"\] failed'),
    "a missing file": ("FROM x\nCOPY nothing /\n", "line 2: COPY of 'nothing' failed"),
    "a missing pattern": ("FROM x\nADD *.rs /\n", r"line 2: ADD of '\*.rs' failed"),
    "a file outside": ("FROM x\nCOPY ../secret /\n", "line 2: COPY of '../secret' failed"),
    "a quote that does not end": ("FROM x\nCOPY 'a b\n", "failed"),
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tree/src").mkdir(parents=True)
    (tmp_path / "tree/src/app.py").touch()
    (tmp_path / "tree/README").touch()
    (tmp_path / "secret").touch()
    return tmp_path / "tree"


@pytest.mark.parametrize("title", PASSES)
def test_what_could_be_built_passes(tree: Path, title: str) -> None:
    (tree / "Dockerfile").write_text(PASSES[title])

    assert list(check(tree, "Dockerfile"))


@pytest.mark.parametrize("title", REFUSED)
def test_what_could_not_is_refused_with_the_line(tree: Path, title: str) -> None:
    text, said = REFUSED[title]
    (tree / "Dockerfile").write_text(text)

    with pytest.raises(StepError, match=said):
        list(check(tree, "Dockerfile"))


def test_what_is_not_run_is_named(tree: Path) -> None:
    (tree / "Dockerfile").write_text("FROM x\nRUN pip install .\n")

    assert list(check(tree, "Dockerfile")) == ["FROM x", "RUN pip install . (not run: this is the sandbox)"]


def test_a_dockerfile_that_is_not_there_is_said(tree: Path) -> None:
    with pytest.raises(StepError, match="There is no docker/Dockerfile in this commit"):
        list(check(tree, "docker/Dockerfile"))
