import itertools

import pytest

from idp.access.caller import SWEEPER, Caller, anybody_of, application, signable
from idp.access.policy import asking, deciding, hooking, operating, sees, sees_all

MEMBER = Caller("ada", teams=frozenset({"payments"}))
MEMBER_AND_APPROVER = Caller("ada", teams=frozenset({"payments"}), roles=frozenset({"approver"}))
OTHER_TEAM = Caller("eve", teams=frozenset({"shop"}))
OTHER_APPROVER = Caller("bob", teams=frozenset({"shop"}), roles=frozenset({"approver"}))
OPERATOR = Caller("oda", roles=frozenset({"operator"}))
NOBODY = Caller("sam")
LOOKALIKE = Caller("(sweeper)")

YES, APPROVAL = "allowed", "allowed once another person agrees"
# Written by hand: who (not) being a member of team payments may ask for what, and whether somebody else must agree.
#             verb           dev       staging   prod
MEMBERS_MAY = {
    "provision": (YES, YES, APPROVAL),
    "deprovision": (YES, YES, APPROVAL),
    "perform": (YES, YES, APPROVAL),
    "inspect": (YES, YES, YES),
}
NONE = "denied"
TABLE = {
    "a member": (MEMBER, MEMBERS_MAY),
    "a member who is an approver": (MEMBER_AND_APPROVER, MEMBERS_MAY),
    "another team's member": (OTHER_TEAM, dict.fromkeys(MEMBERS_MAY, (NONE, NONE, NONE))),
    "another team's approver": (OTHER_APPROVER, dict.fromkeys(MEMBERS_MAY, (NONE, NONE, NONE))),
    "an operator": (OPERATOR, dict.fromkeys(MEMBERS_MAY, (NONE, NONE, NONE))),
    "somebody without a team": (NOBODY, dict.fromkeys(MEMBERS_MAY, (NONE, NONE, NONE))),
    "somebody named like the sweeper": (LOOKALIKE, dict.fromkeys(MEMBERS_MAY, (NONE, NONE, NONE))),
    "the sweeper": (
        SWEEPER,
        {
            "provision": (NONE, NONE, NONE),
            "deprovision": (YES, YES, NONE),
            "perform": (NONE, NONE, NONE),
            "inspect": (NONE, NONE, NONE),
        },
    ),
}
CASES = [
    (who, verb, stage, expected[verb][column])
    for who, (_, expected) in TABLE.items()
    for verb in MEMBERS_MAY
    for column, stage in enumerate(("dev", "staging", "prod"))
]


@pytest.mark.parametrize(("who", "verb", "stage", "expected"), CASES)
def test_asking(who: str, verb: str, stage: str, expected: str) -> None:
    verdict = asking(TABLE[who][0], verb, stage=stage, team="payments")  # type: ignore[arg-type]  # of the table's keys

    assert verdict.allowed == (expected != NONE)
    assert verdict.approver_role == ("approver" if expected == APPROVAL else None)
    assert verdict.rule
    assert verdict.reason.endswith(".")


def test_the_table_is_whole() -> None:
    assert len(CASES) == len(TABLE) * 4 * 3


def test_an_unknown_stage_is_denied_even_to_members() -> None:
    verdict = asking(MEMBER, "provision", stage="moon", team="payments")

    assert (verdict.allowed, verdict.rule) == (False, "no-rule")


@pytest.mark.parametrize(
    ("decider", "requester", "expected"),
    [
        (MEMBER, "bob", "approvers-only"),
        (MEMBER, "ada", "not-your-own"),
        (MEMBER_AND_APPROVER, "bob", "approvers-decide"),
        (MEMBER_AND_APPROVER, "ada", "not-your-own"),
        (OTHER_APPROVER, "ada", "approvers-decide"),
        (OTHER_APPROVER, "bob", "not-your-own"),
        (OTHER_TEAM, "ada", "approvers-only"),
        (OPERATOR, "ada", "approvers-only"),
        (OPERATOR, "oda", "not-your-own"),
        (NOBODY, "ada", "approvers-only"),
    ],
)
def test_deciding(decider: Caller, requester: str, expected: str) -> None:
    verdict = deciding(decider, role="approver", requester=requester)

    assert (verdict.allowed, verdict.rule) == (expected == "approvers-decide", expected)


# Written by hand: who may unlock, forget and adopt.
@pytest.mark.parametrize(
    ("caller", "expected"),
    [
        (MEMBER, "operators-only"),
        (MEMBER_AND_APPROVER, "operators-only"),
        (OTHER_TEAM, "operators-only"),
        (OTHER_APPROVER, "operators-only"),
        (OPERATOR, "operators-mend"),
        (Caller("ada", teams=frozenset({"payments"}), roles=frozenset({"operator"})), "operators-mend"),
        (NOBODY, "operators-only"),
        (LOOKALIKE, "operators-only"),
        (SWEEPER, "operators-only"),
    ],
)
def test_mending(caller: Caller, expected: str) -> None:
    verdict = operating(caller)

    assert (verdict.allowed, verdict.rule, verdict.approver_role) == (expected == "operators-mend", expected, None)
    assert verdict.reason.startswith(caller.name)


@pytest.mark.parametrize(
    ("caller", "without_approval", "with_approval"),
    [
        (MEMBER, True, True),
        (OTHER_TEAM, False, False),
        (OTHER_APPROVER, False, True),
        (OPERATOR, True, True),
        (NOBODY, False, False),
    ],
)
def test_seeing(caller: Caller, *, without_approval: bool, with_approval: bool) -> None:
    assert sees(caller, team="payments") == without_approval
    assert sees(caller, team="payments", approver_role="approver") == with_approval


def test_only_operators_see_all() -> None:
    assert [who for who, (caller, _) in TABLE.items() if sees_all(caller)] == ["an operator"]


def test_membership_of_one_team_says_nothing_of_another() -> None:
    for verb, stage in itertools.product(MEMBERS_MAY, ("dev", "staging", "prod")):
        assert not asking(MEMBER, verb, stage=stage, team="pay").allowed  # type: ignore[arg-type]  # a verb


SHOP = application("payments", "shop")
# Written by hand: what an application's own principal may do, to what, and whether somebody must agree.
#                   verb           capability      team        name      dev   staging prod
PUSHES = [
    (SHOP, "perform", "deployments", "payments", "shop", (YES, YES, APPROVAL)),
    (SHOP, "perform", "deployments", "payments", "books", (NONE, NONE, NONE)),
    (SHOP, "perform", "deployments", "shop", "shop", (NONE, NONE, NONE)),
    (SHOP, "perform", "configurations", "payments", "shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "deployments", "payments", "shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "applications", "payments", "shop", (NONE, NONE, NONE)),
    (SHOP, "deprovision", "applications", "payments", "shop", (NONE, NONE, NONE)),
    (SHOP, "inspect", "applications", "payments", "shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "environments", "payments", "shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "environments", "payments", "pr-12-shop", (YES, NONE, NONE)),
    (SHOP, "deprovision", "environments", "payments", "pr-12-shop", (YES, NONE, NONE)),
    (SHOP, "provision", "applications", "payments", "pr-12-shop", (YES, NONE, NONE)),
    (SHOP, "perform", "deployments", "payments", "pr-12-shop", (YES, YES, APPROVAL)),
    (SHOP, "provision", "storage", "payments", "pr-12-shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "environments", "shop", "pr-12-shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "environments", "payments", "pr-12-books", (NONE, NONE, NONE)),
    (SHOP, "provision", "environments", "payments", "pr-0-shop", (NONE, NONE, NONE)),
    (SHOP, "provision", "environments", "payments", "pr-12-shop-a", (NONE, NONE, NONE)),
    (Caller(SHOP.name), "perform", "deployments", "payments", "shop", (NONE, NONE, NONE)),
]


@pytest.mark.parametrize(("who", "verb", "capability", "team", "name", "expected"), PUSHES)
def test_an_application_deploys_itself_and_nothing_else(  # noqa: PLR0917 - the table's columns
    who: Caller, verb: str, capability: str, team: str, name: str, expected: tuple[str, ...]
) -> None:
    for stage, wanted in zip(("dev", "staging", "prod"), expected, strict=True):
        verdict = asking(who, verb, stage=stage, team=team, capability=capability, name=name)  # type: ignore[arg-type]  # of the table
        assert verdict.allowed == (wanted != NONE)
        assert verdict.approver_role == ("approver" if wanted == APPROVAL else None)


def test_members_and_nobody_else_see_a_hooks_secret() -> None:
    callers = (MEMBER, OTHER_TEAM, OTHER_APPROVER, OPERATOR, NOBODY, SHOP)
    assert [hooking(each, team="payments").allowed for each in callers] == [True, False, False, False, False, False]


def test_whose_change_it_carries_is_compared_by_all_names_whatever_their_case() -> None:
    approver = Caller("cid", roles=frozenset({"approver"}), also=frozenset({"Cid@Acme.test"}))
    for carriers, allowed in (((), True), (("dan",), True), (("cid",), False), (("cid@acme.test", "dan"), False)):
        assert deciding(approver, role="approver", requester="ann", carriers=carriers).allowed == allowed


def test_where_not_all_are_known_no_member_of_the_team_decides() -> None:
    for carriers, rule in (
        (("(team:payments)",), "perhaps-your-own-change"),
        (("(team:payments)", "cid"), "not-your-own-change"),
        (("(team:shop)", "dan"), "approvers-decide"),
    ):
        approver = Caller("cid", teams=frozenset({"payments"}), roles=frozenset({"approver"}))
        assert deciding(approver, role="approver", requester="ann", carriers=carriers).rule == rule
    assert not signable(anybody_of("payments"))
