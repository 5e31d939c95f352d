import re

from hypothesis import given
from hypothesis import strategies as st

from idp import fields, names

capabilities = st.from_regex(fields.CAPABILITY_NAME, fullmatch=True)
teams = st.from_regex(r"^[a-z][a-z0-9]{1,19}$", fullmatch=True)
resources = st.from_regex(r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$", fullmatch=True)
identities = st.tuples(capabilities, teams, resources)


@given(capabilities)
def test_a_run_has_a_legal_workflow_name(capability: str) -> None:
    name = names.run(capability, "01jd0000000000000000000000")

    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", name)
    assert len(name) <= 63


@given(teams, resources)
def test_a_namespace_is_a_dns_label(team: str, name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", names.namespace(team, name))


@given(identities, identities)
def test_two_resources_share_neither_mutex_nor_state(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    same = one == other

    assert (names.resource(*one) == names.resource(*other)) == same
    assert (names.state_key(one[1], one[0], one[2]) == names.state_key(other[1], other[0], other[2])) == same


@given(identities, identities)
def test_state_is_in_a_secret_of_its_own_whose_name_terraform_and_kubernetes_take(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    first, second = (
        names.state_secret(names.state_key(team, capability, name)) for capability, team, name in (one, other)
    )

    assert (first == second) == (one == other)
    # A label's value, and in `lock-tfstate-default-<suffix>` the end of a name: a DNS subdomain (RFC 1123).
    assert len(first) <= 63
    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", first)
    assert not re.search(r"-[0-9]+$", first), "Terraform gives such endings to the parts of a large state"


def test_the_secret_of_a_state_never_changes() -> None:
    """Else Terraform would find no state, and make everything anew."""
    assert names.state_secret("payments/environments/checkout") == "payments.environments.checkout.742aff5721ce"
    assert names.state_secret(f"{'p' * 20}/{'c' * 30}/{'n' * 30}") == (
        "pppppppppppppppppppp.ccccccccccccccccccccccccccccc.0a42067a6689"
    )


@given(st.tuples(teams, resources), st.tuples(teams, resources))
def test_two_environments_share_no_namespace(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (names.namespace(*one) == names.namespace(*other)) == (one == other)


@given(teams)
def test_no_team_can_have_a_namespace_of_the_cluster(team: str) -> None:
    taken = {"kube-system", "kube-public", "default", "argo", "argo-events", "argocd"}

    assert names.namespace(team, "system") not in taken | {
        names.NAMESPACE_API,
        names.NAMESPACE_EVENTS,
        names.NAMESPACE_RUNS,
        names.NAMESPACE_STATE,
    }


def test_what_is_made_for_a_pull_request_has_a_legal_name_of_its_own() -> None:
    long = "a" * 30
    found = {names.preview(name, number) for name in (long, long[:-1] + "b", "shop") for number in (1, 12, 2**31)}
    assert len(found) == 9
    assert all(re.fullmatch(fields.RESOURCE_NAME, name) for name in found)
    assert names.preview("shop", 12) == "pr-12-shop"
    assert names.is_preview(names.preview(long, 12), long)
    assert not names.is_preview(names.preview(long, 12), long[:-1] + "b")


def test_a_repository_is_known_by_host_and_path_whoever_writes_it() -> None:
    written = {
        "https://git.packetdance.com/payments/shop.git",
        "http://git.packetdance.com/Payments/Shop",
        "HTTPS://GIT.packetdance.com/payments/shop/",
        " https://git.packetdance.com/payments/shop.git ",
    }
    assert {names.repository(each) for each in written} == {"git.packetdance.com/payments/shop"}
    assert names.repository("https://git.packetdance.com:8443/a/b") == "git.packetdance.com:8443/a/b"
