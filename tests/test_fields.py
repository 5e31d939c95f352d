from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from idp import fields

# Written by hand from the rules of Kubernetes, Azure and POSIX.
TABLE: list[tuple[Any, list[str], list[str]]] = [
    (
        fields.TeamName,
        ["ab", "payments", "team2", "a" * 20],
        ["", "a", "2team", "pay-ments", "Payments", "a" * 21, "payments\n", "päyments", " payments"],
    ),
    (
        fields.ResourceName,
        ["a", "check-out", "a1", "a" * 30],
        ["", "-a", "a-", "1a", "a.b", "a_b", "A", "a" * 31, "a\n", "\uff41"],
    ),
    (
        fields.StorageContainerName,
        ["abc", "0ab", "a-b-c", "a" * 63],
        ["ab", "-ab", "ab-", "a--b", "ABC", "a.b", "a" * 64, "$root"],
    ),
    (
        fields.RepositoryUrl,
        ["https://git.example.com/a/b.git", "http://127.0.0.1:3000/a.git", "https://x/y"],
        [
            *("", "https://x", "https://x/", "ssh://x/y", "git@x:y", "file:///x", "ext::sh -c id", "--upload-pack=x"),
            *("https://u:p@x/y", "https://x/y?z", "https://x/../y", "https://x/.git", "https://x/-y", "HTTPS://x/y"),
            *("https://x/y/", "https://x/y\n", "https://-x/y", "https://x:/y", "/etc", "https://x/y.lock/.."),
        ],
    ),
    (
        fields.BranchName,
        ["main", "release/1.2", "feature/a-b_c", "v1.0", "a" * 120],
        [
            "",
            "-x",
            "--upload-pack=x",
            "../x",
            "a/../b",
            "a..b",
            "a/",
            "/a",
            ".a",
            "a/.b",
            "a/-b",
            "a b",
            "refs/heads/\u00e4",
            "a" * 121,
        ],
    ),
    (
        fields.Version,
        ["main", "0a" * 20, "sha256:" + "0a" * 32],
        ["", "sha256:0a", "sha256:" + "0A" * 32, "--x", "a:b", "@{-1}", "HEAD^", "a" * 121],
    ),
    (fields.CommitId, ["0a" * 20], ["", "0a", "0A" * 20, "0a" * 21, "main"]),
    (fields.ImageDigest, ["sha256:" + "0a" * 32], ["0a" * 32, "sha512:" + "0a" * 32, "sha256:" + "0a" * 31]),
    (
        fields.RepositoryPath,
        ["Dockerfile", "services/shop/Dockerfile.prod"],
        ["", "/etc/passwd", "../x", "a/../b", "./a", "-a", "a/-b", "a//b", ".git/config", "a b"],
    ),
    (fields.ProbePath, ["/", "/healthz", "/a/b-c.d_e"], ["", "a", "/a?b", "/a b", "//x@y", "/" + "a" * 200]),
    (fields.HostLabel, ["a", "shop-1", "a" * 20], ["", "-a", "a-", "1a", "a.b", "A", "a" * 21]),
    (fields.SecretReference, ["api/token", "a-b/c.d_e"], ["", "token", "a/b/c", "../b", "a/", "/b", "A/b", "a/.b"]),
    (fields.SettingName, ["A", "LOG_LEVEL", "A1_"], ["", "log", "1A", "_A", "A-B", "A" * 64, "A\n"]),
    (fields.SettingValue, ["", "debug", "https://x.y/z,a=b+c@d:1", "a b"], ["a\n", "${x}", "{{x}}", "a'b", "a;b", "é"]),
]


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, good, _ in TABLE for value in good], ids=lambda v: repr(v)[:30]
)
def test_a_legal_value_is_taken_as_it_is(kind: Any, value: str) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, _, bad in TABLE for value in bad], ids=lambda v: repr(v)[:30]
)
def test_an_illegal_value_is_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("value", ["services/shop", "services/**", "*.py", "a/*/b"])
def test_a_filter_of_paths_is_a_path_with_stars(value: str) -> None:
    assert TypeAdapter(fields.PathFilter).validate_python(value) == value


@pytest.mark.parametrize("value", ["", "/a", "../a", "a/../b", "-a", "a//b", "a b", "[a]", "a?", "{a}"])
def test_a_filter_of_paths_is_nothing_else(value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(fields.PathFilter).validate_python(value)


@pytest.mark.parametrize("kind", [kind for kind, _, _ in TABLE])
@given(
    prefix=st.text(max_size=3),
    bad=st.sampled_from("{}$%<>&\"'`\\\n\r\t\x00\x7f\u2028;|*?()[]#!~^"),
    tail=st.text(max_size=3),
)
def test_no_type_takes_a_character_that_some_tool_evaluates(kind: Any, prefix: str, bad: str, tail: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(prefix + bad + tail)
