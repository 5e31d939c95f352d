"""The documentation holds: links lead somewhere, commands and options exist, tables agree."""

import re
import shlex
from itertools import pairwise
from pathlib import Path

import click
import pytest

from idp.cli.program import COMMANDS, program

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DOORS = {"tests", "cluster-tests", "nox"}
"""What `./run` hands over elsewhere than to `idp`."""


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def calls(page: Path) -> list[list[str]]:
    """Every `./run …` or `idp …` in a page's code, as words."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += re.findall(r"(?<!`)`((?:\./run|idp) [^`\n]*)`", text)
    found = [call for line in lines for call in re.findall(r"(?:^|\$\(|: )((?:\./run|idp) [^#)|<]*)", line)]
    return [shlex.split(call)[1:] for call in found]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", page.read_text("utf-8"), flags=re.DOTALL)
    targets = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith(("http://", "https://"))]

    missing = [link for link in targets if not (page.parent / link.partition("#")[0]).exists()]

    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_commands_and_options_exist(page: Path) -> None:
    context = click.Context(program)
    for words in calls(page):
        name = next(word for word in words if not word.startswith("-"))
        if name in DOORS or name.isupper():
            continue
        command = program.get_command(context, name)
        assert command, f"{page.name}: {words}"
        if isinstance(command, click.Group) and name in {"resource", "hook", "config"}:
            command = command.get_command(context, words[words.index(name) + 1])
            assert command, f"{page.name}: {words}"
        given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - {"--help"}
        known = {option for param in command.params for option in param.opts}
        if name not in {"request", "explain", "render"}:  # those take what the server, or another program, says
            assert given <= known, f"{page.name}: {words}"


def test_commands_are_found_at_all() -> None:
    found = [words[0] for page in PAGES for words in calls(page)]

    assert {"demo", "serve", "token", "request", "tests", "approve", "render"} <= set(found)
    assert len(found) > 30


def test_every_session_of_nox_that_is_named_exists() -> None:
    sessions = set(
        re.findall(r"^def ([a-z]\w+)\(session", (ROOT / "noxfile.py").read_text("utf-8"), flags=re.MULTILINE)
    )
    assert len(sessions) == 11

    for page in PAGES:
        for words in calls(page):
            for flag, first in pairwise(words):
                if words[0] == "nox" and flag == "-s":
                    assert first in sessions
                    assert set(words[words.index("-s") + 1 :]) <= sessions


def test_the_page_of_commands_names_each_one() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    rows = re.findall(r"^\| (`.*?) \|", page, flags=re.MULTILINE)

    assert [name for row in rows for name in re.findall(r"`([a-z]+)`", row)] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_summed_up_as_it_describes_itself(name: str) -> None:
    command = program.get_command(click.Context(program), name)
    assert command is not None

    assert (command.help or "").startswith(COMMANDS[name][1])


def test_each_decision_is_in_the_list_and_has_its_four_parts() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))

    assert [path.name for path in pages] == re.findall(r"\((\d{4}-[a-z-]+\.md)\)", index)
    for number, path in enumerate(pages, 1):
        text = path.read_text("utf-8")
        assert text.startswith(f"# {number:04}: ")
        assert re.search(r"^Date: \d{4}-\d\d-\d\d · Status: \w+$", text, flags=re.MULTILINE)
        assert re.findall(r"^## (\w+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(text.split()) < 400
