"""Files of requests: what is read, and every way to be wrong."""

from pathlib import Path

import pytest

from idp.cli.documents import Document, documents
from idp.cli.errors import DocumentError

EXAMPLES = Path(__file__).parents[2] / "examples"
ONE = Document(capability="environments", spec={"team": "payments", "cpu": 8})


@pytest.mark.parametrize(
    "text",
    [
        "capability: environments\nspec: {team: payments, cpu: 8}\n",
        "---\ncapability: environments\nspec:\n  team: payments\n  cpu: 8\n---\n",
        '{"capability": "environments",\n\t"spec": {"team": "payments", "cpu": 8}}',
        '[{"capability": "environments", "spec": {"team": "payments", "cpu": 8}}]',
        "- capability: environments\n  spec: {<<: {team: payments}, cpu: 8}\n",
    ],
)
def test_yaml_and_json_say_the_same(text: str) -> None:
    assert documents(text, "f") == [ONE]


def test_several_documents_keep_their_order() -> None:
    text = "capability: a\nspec: {}\n---\ncapability: b\nspec: {}\n"

    assert [one.capability for one in documents(text, "f")] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "f holds no request"),
        ("[]", "f holds no request"),
        ("{", "f is neither YAML nor JSON"),
        ("just words", "f, document 1: .* found str"),
        ("capability: a\nspec: {}\n---\ncapability: b\n", "f, document 2: .* found capability"),
        ("capability: a\nspec: {}\nteam: b\n", "exactly `capability` and `spec`"),
        ("capability: [a]\nspec: {}\n", "`capability` is a name"),
        ("capability: a\nspec: 1\n", "`spec` holds its fields"),
        ("capability: a\nspec: {name: b, name: c}\n", "'name' comes twice"),
        ('{"capability": "a", "spec": {}, "spec": {}}', "'spec' comes twice"),
        ("capability: a\nspec: {on: c}\n", "'on' is no text; quote it"),
        ("capability: a\nspec: {[x]: c}\n", "is no text"),
        ("capability: a\nspec: {since: 2026-11-24}\n", "a date wants quotes"),
        ("capability: a\nspec: {cpu: .nan}\n", "not JSON"),
        ("capability: a\nspec: !!python/object:os.system {}\n", "neither YAML nor JSON"),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        documents(text, "f")


def test_every_example_can_be_read() -> None:
    found = {
        path.name: [one.capability for one in documents(path.read_text("utf-8"), path.name)]
        for path in EXAMPLES.glob("*.yaml")
    }

    assert found == {
        "environment.yaml": ["environments"],
        "settings.yaml": ["configurations"],
        "storage-in-production.yaml": ["storage"],
        "two-in-one.yaml": ["environments", "storage"],
    }
