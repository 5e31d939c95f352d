"""Plans read from `terraform show -json`, and how they are told."""

import json

from idp.runner import plans, summaries
from idp.runner.digests import digest
from idp.runner.plans import Finding, Plan, ResourceChange

SHOWN = {
    "resource_changes": [
        {
            "address": "a.create",
            "change": {"actions": ["create"], "before": None, "after": {"x": "secret", "y": None}, "after_unknown": {"id": True, "x": False}},
        },
        {
            "address": "a.update",
            "change": {"actions": ["update"], "before": {"x": 1, "y": 2}, "after": {"x": 1, "y": 3}, "after_unknown": {}},
        },
        {
            "address": "a.replace",
            "change": {"actions": ["delete", "create"], "before": {"x": 1}, "after": {"x": 2}, "after_unknown": {}},
        },
        {"address": "a.delete", "change": {"actions": ["delete"], "before": {"x": 1}, "after": None}},
        {"address": "a.same", "change": {"actions": ["no-op"], "before": {"x": 1}, "after": {"x": 1}}},
        {"address": "data.read", "change": {"actions": ["read"], "before": None, "after": {"x": 1}}},
    ],
    "output_changes": {"new": {"actions": ["create"]}, "same": {"actions": ["no-op"]}},
    "resource_drift": [
        {"address": "a.drifted", "change": {"actions": ["update"], "before": {"tag": 1}, "after": {"tag": 2}}},
    ],
    "checks": [
        {"address": {"to_display": "check.passed"}, "status": "pass", "instances": [{"status": "pass"}]},
        {"address": {"to_display": "check.unknown"}, "status": "unknown"},
        {"address": {"to_display": "check.failed"}, "status": "fail", "instances": [{"problems": [{"message": "It is gone."}]}]},
    ],
}  # fmt: skip


def test_a_plan_is_told_by_addresses_actions_and_attribute_names() -> None:
    assert plans.plan(SHOWN) == Plan(
        resources=(
            ResourceChange("a.create", ("create",), ("id", "x")),
            ResourceChange("a.update", ("update",), ("y",)),
            ResourceChange("a.replace", ("delete", "create"), ("x",)),
            ResourceChange("a.delete", ("delete",), ("x",)),
        ),
        outputs=("new",),
        findings=(
            Finding("drift", "a.drifted", "changed outside: tag"),
            Finding("check", "check.failed", "It is gone."),
        ),
    )


def test_outputs_count_as_changes_only_where_nothing_else_changes() -> None:
    resource = ResourceChange("a.b", ("create",), ())
    assert Plan(resources=(resource,), outputs=("x", "y")).changes == 1
    assert Plan(outputs=("x", "y")).changes == 2
    assert Plan(findings=(Finding("check", "a", "b"),)).changes == 0
    assert plans.plan({}) == Plan()


def test_a_summary_says_all_there_is_and_no_value() -> None:
    said = json.loads(summaries.summary(4, plans.plan(SHOWN), "a preview"))
    assert said == {
        "changes": 4,
        "resources": [
            {"address": "a.create", "actions": ["create"], "attributes": ["id", "x"]},
            {"address": "a.update", "actions": ["update"], "attributes": ["y"]},
            {"address": "a.replace", "actions": ["delete", "create"], "attributes": ["x"]},
            {"address": "a.delete", "actions": ["delete"], "attributes": ["x"]},
        ],
        "outputs": ["new"],
        "findings": [
            {"kind": "drift", "address": "a.drifted", "detail": "changed outside: tag"},
            {"kind": "check", "address": "check.failed", "detail": "It is gone."},
        ],
        "text": "a preview",
    }
    assert "secret" not in json.dumps(said)


def test_a_summary_that_is_too_long_is_cut_and_says_so() -> None:
    many = Plan(resources=tuple(ResourceChange(f"m.x[{n}]", ("create",), ("a" * 40,)) for n in range(1000)))
    text = summaries.summary(1000, many)
    said = json.loads(text)
    assert len(text) <= summaries.LIMIT
    assert said["truncated"] is True
    assert len(said["resources"]) == 1000
    assert said["resources"][0]["attributes"] == []

    more = Plan(resources=tuple(ResourceChange(f"m.x[{n}]", ("create",), ()) for n in range(10_000)))
    said = json.loads(summaries.summary(10_000, more))
    assert said["changes"] == 10_000
    assert 500 < len(said["resources"]) < 1500

    huge = Plan(findings=(Finding("check", "x" * 70_000, ""),))
    assert json.loads(summaries.summary(1, huge)) == {
        "changes": 1, "resources": [], "outputs": [], "findings": [], "text": "", "truncated": True,
    }  # fmt: skip


def test_a_long_preview_is_cut_by_its_encoded_length() -> None:
    said = json.loads(summaries.summary(1, Plan(), "{" * 20_000))
    assert said["truncated"] is True
    assert len(said["text"]) == 16 * 1024 // 2**1
    assert "truncated" not in json.loads(summaries.summary(1, Plan(), "a" * 16_384))


def test_a_digest_differs_with_each_part() -> None:
    # printf '["p","i","r"]' | sha256sum
    assert digest("p", "i", "r") == "80d5979fc4bc80888898791cfbdbcde0fd1338973b46d360eac4a4a11ced656f"
    assert len({digest("p", "i", "r"), digest("q", "i", "r"), digest("p", "j", "r"), digest("p", "i", "s")}) == 4
    assert digest("ab", "c", "") != digest("a", "bc", "")
