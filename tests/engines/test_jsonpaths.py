"""gjson and sjson: tables by hand, and properties against plain json."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.engines.local import jsonpaths

DOCUMENT = r"""{"header": {"X-Id": ["a", "b"]}, "body": {
  "text": "caf\u00e9 \ud83d\ude00 \"x\"", "empty": "", "int": 5, "minus": -7, "big": 123456789012345678901234567890,
  "float": 1.10, "exp": 1e3, "tiny": 1e-7, "huge": 1e400, "nhuge": -1e400, "zero": -0, "zerof": -0.0, "yes": true, "no": false, "null": null,
  "object": {"a" : [1, {"b":"\u007b\u007b"}]}, "list": [10, "20", {"k": "v"}], "a.b": "dotted", "same": 1, "same": 2, "1": "one",
  "lone": "\ud800x", "": "nameless"}}"""


def keys(path: str) -> tuple[jsonpaths.Key, ...]:
    return tuple(part for part in jsonpaths.parts(path) if isinstance(part, jsonpaths.Key))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("body.text", 'café 😀 "x"'),
        ("body.empty", ""),
        ("body.int", "5"),
        ("body.minus", "-7"),
        ("body.big", "123456789012345678901234567890"),
        ("body.float", "1.1"),
        ("body.exp", "1000"),
        ("body.tiny", "0.0000001"),
        ("body.huge", "+Inf"),
        ("body.nhuge", "-Inf"),
        ("body.zero", "-0"),
        ("body.zerof", "-0"),
        ("body.yes", "true"),
        ("body.no", "false"),
        ("body.null", "null"),
        ("body.object", r'{"a" : [1, {"b":"\u007b\u007b"}]}'),
        ("body.object.a.1.b", "{{"),
        ("body.list", '[10, "20", {"k": "v"}]'),
        ("body.list.0", "10"),
        ("body.list.2.k", "v"),
        (r"body.a\.b", "dotted"),
        ("body.same", "1"),
        ("body.1", "one"),
        ("header.X-Id.1", "b"),
        ("body.lone", "\ufffdx"),
    ],
)
def test_a_value_is_read_as_argo_events_reads_it(path: str, value: str) -> None:
    assert jsonpaths.value_at(DOCUMENT, keys(path)) == value


@pytest.mark.parametrize(
    "path", ["body.none", "body.list.3", "body.list.x", "body.int.x", "body.text.0", "none", "body.object.a.1.b.c"]
)
def test_what_is_not_there_is_not_there(path: str) -> None:
    with pytest.raises(KeyError):
        jsonpaths.value_at(DOCUMENT, keys(path))


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "a.",
        ".a",
        "a..b",
        "a|b",
        "a.#",
        "a.#.b",
        "a.*",
        "a?",
        "@this",
        "a.@reverse",
        "a.#(b>1)",
        'a.#(b=="c")#',
        "{a,b}",
        "!a",
        '#(a=="b")c',
    ],
)
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"the embedded engine reads|is missing before"):
        jsonpaths.parts(path)


def resource() -> dict[str, Any]:
    return {"metadata": {}, "spec": {"name": "x", "list": [{"name": "a", "value": ""}, {"name": "b"}], "words": ["p"]}}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("metadata.name", {"metadata": {"name": "V"}}),
        (r"metadata.labels.idp\.io/team", {"metadata": {"labels": {"idp.io/team": "V"}}}),
        ("spec.list.0.value", {"spec": resource()["spec"] | {"list": [{"name": "a", "value": "V"}, {"name": "b"}]}}),
        (
            "spec.list.1.value",
            {"spec": resource()["spec"] | {"list": [{"name": "a", "value": ""}, {"name": "b", "value": "V"}]}},
        ),
        (
            'spec.list.#(name=="a").value',
            {"spec": resource()["spec"] | {"list": [{"name": "a", "value": "V"}, {"name": "b"}]}},
        ),
        ("spec.words.0", {"spec": resource()["spec"] | {"words": ["V"]}}),
        ("spec.name", {"spec": resource()["spec"] | {"name": "V"}}),
    ],
)
def test_a_value_is_put_where_sjson_puts_it(path: str, expected: dict[str, Any]) -> None:
    whole = resource()
    jsonpaths.placed(whole, jsonpaths.parts(path), "V")
    assert whole == resource() | expected


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("spec.list.2.value", "pad it with nulls"),
        ("spec.list.x.value", "pad it with nulls"),
        ("spec.words.1", "pad it with nulls"),
        ('spec.list.#(name=="c").value', "silently change nothing"),
        ('spec.list.#(name=="b").value', "silently change nothing"),
        ('spec.none.#(name=="b").value', "leads nowhere"),
        ('spec.#(name=="b").value', "leads nowhere"),
        ("spec.name.x", "leads nowhere"),
        ("spec.words.0.x", "cannot be set in str"),
        ("spec.name.x.y", "leads nowhere"),
    ],
)
def test_where_sjson_would_do_harm_or_nothing_it_is_refused(path: str, fault: str) -> None:
    whole = resource()
    with pytest.raises(ValueError, match=fault):
        jsonpaths.placed(whole, jsonpaths.parts(path), "V")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def escaped(key: str) -> str:
    return "".join(f"\\{sign}" if sign in r".\|#@*?{}[]()!:=<>%" else sign for sign in key)


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    found = [(path, value)] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [leaf for key, inner in items if key != "" for leaf in leaves(inner, (*path, escaped(str(key))))]


@given(
    st.dictionaries(st.text(min_size=1, max_size=5), JSON, min_size=1, max_size=4),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_every_value_of_any_document_is_found(document: dict[str, Any], indent: int | None, ascii_: bool) -> None:  # noqa: FBT001 - drawn
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_)
    for path, value in leaves(document):
        found = jsonpaths.value_at(text, keys(".".join(path)))
        if isinstance(value, str):
            assert found == value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        elif isinstance(value, float):
            assert "e" not in found
            assert math.isclose(float(found), value, rel_tol=0, abs_tol=0)
        else:
            assert json.loads(found) == value


@given(st.dictionaries(st.text(min_size=1, max_size=5), JSON, min_size=1, max_size=4), st.text())
def test_a_value_that_was_placed_is_read_again_and_nothing_else_has_changed(
    document: dict[str, Any], value: str
) -> None:
    for path, _ in leaves(document):
        changed = json.loads(json.dumps(document))
        parts = keys(".".join(path))
        jsonpaths.placed(changed, parts, value)
        text = json.dumps(changed)
        assert jsonpaths.value_at(text, parts) == value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        others = [leaf for leaf in leaves(document) if leaf[0][: len(path)] != path and path[: len(leaf[0])] != leaf[0]]
        now = dict(leaves(changed))
        assert all(now[other] == old for other, old in others)
