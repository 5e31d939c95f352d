"""Names made by the naming module, by real Terraform over many requests."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from idp import names
from idp.capability import StagedRequest

NAMING = Path(__file__).resolve().parents[2] / "infra" / "modules" / "naming"

TRICKY = [
    ("storage", "ab", "c"),
    ("storage", "a1", "bc"),
    ("storage", "abc", "d"),
    ("storage", "ab", "cd"),
    ("storage", "payments", "a-b-c"),
    ("storage", "payments", "ab-c"),
    ("storage", "payments", "a-bc"),
    ("storage", "payments", "abc"),
    ("storage", "paymentsa", "bc"),
    ("storage", "p" * 20, "n" * 30),
    ("storage", "p" * 20, "n" * 29),
    ("storage", "p" * 20, "n" * 29 + "m"),
    ("storage", "p" * 19, "n" * 30),
    ("storage", "payments", "checkout"),
    ("environments", "payments", "checkout"),
    ("a", "bc", "d"),
    ("a-bc", "de", "f"),
    ("a", "bc", "de-f"),
    ("s" * 30, "p" * 20, "n" * 30),
]  # fmt: skip

MAIN = f"""
module "names" {{
  source   = "{NAMING}"
  for_each = jsondecode(file("requests.json"))

  domain     = each.value.domain
  capability = each.value.capability
  team       = each.value.team
  name       = each.value.name
}}
output "names" {{
  value = module.names
}}
"""

RULES = {
    # https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    "storage_account": r"[a-z0-9]{3,24}",
    "key_vault": r"[a-z][a-z0-9]{2,23}",
    "postgresql_server": r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "mssql_server": r"(?=.{1,63}$)[a-z0-9]+(-[a-z0-9]+)*",
    "redis_cache": r"(?=.{1,60}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*",
    "resource_group": r"[A-Za-z0-9_.()-]{0,89}[A-Za-z0-9_()-]",
    "machine": r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
    "workload_identity": r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
    "namespace": r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
    "host": r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.packetdance\.(com|org)",
}


def _some() -> list[tuple[str, str, str]]:
    """250 of the requests' own kind, the same each time, many of them alike."""
    chance = random.Random(4)  # noqa: S311 - no secret
    made = []
    for _ in range(250):
        team = "".join(chance.choices("ab1", k=chance.randint(2, 20))).lstrip("1") or "ab"
        name = "".join(chance.choices("ab-", k=chance.randint(1, 30))).strip("-") or "a"
        made.append((chance.choice(["storage", "environments"]), team.ljust(2, "a"), name))
    return made


def test_names_are_legal_distinct_and_the_same_as_in_python(tmp_path: Path, outputs: Callable[[Path], Any]) -> None:
    asked = sorted({*TRICKY, *_some()})
    requests = {
        f"{domain} {capability} {team} {name}": {"domain": domain, "capability": capability, "team": team, "name": name}
        for domain, some in (("packetdance.com", asked), ("packetdance.org", TRICKY))
        for capability, team, name in some
    }
    for one in requests.values():
        StagedRequest.model_validate({"team": one["team"], "name": one["name"]})
    (tmp_path / "requests.json").write_text(json.dumps(requests))
    (tmp_path / "main.tf").write_text(MAIN)

    made = outputs(tmp_path)["names"]

    assert len(made) == len(asked) + len(TRICKY) > 250
    for key, given in made.items():
        for kind, rule in RULES.items():
            assert re.fullmatch(rule, given[kind]), (key, kind, given[kind])
        assert given["namespace"] == names.namespace(requests[key]["team"], requests[key]["name"])
    for kind in ("storage_account", "key_vault", "postgresql_server", "mssql_server", "redis_cache"):
        assert len({given[kind] for given in made.values()}) == len(made), "for each domain, capability, team, name"
    groups = {(requests[key]["domain"], given["resource_group"]) for key, given in made.items()}
    assert len(groups) == len(made), "within one platform"
    of_environments = [(key, given) for key, given in made.items() if key.startswith("packetdance.com environments ")]
    for kind in ("namespace", "host", "workload_identity", "machine"):
        assert len({given[kind] for _, given in of_environments}) == len(of_environments), kind


def test_a_name_never_changes(tmp_path: Path, outputs: Callable[[Path], Any]) -> None:
    """Else every account there is would be replaced, with what is in it."""
    one = {"domain": "packetdance.com", "capability": "storage", "team": "payments", "name": "receipts"}
    short = {**one, "team": "ab", "name": "c-d"}
    (tmp_path / "requests.json").write_text(json.dumps({"one": one, "short": short}))
    (tmp_path / "main.tf").write_text(MAIN)
    names = outputs(tmp_path)["names"]
    assert re.fullmatch("stabcd[0-9a-f]{12}", names["short"]["storage_account"])
    assert names["one"] == {
        "storage_account": "stpaymentsre31fb42774b44",
        "key_vault": "kvpaymentsre31fb42774b44",
        "postgresql_server": "psql-paymentsre-31fb42774b44",
        "mssql_server": "sql-paymentsre-31fb42774b44",
        "redis_cache": "redis-paymentsre-31fb42774b44",
        "resource_group": "rg-storage.payments.receipts",
        "namespace": "env-payments-receipts",
        "host": "receipts-payments.packetdance.com",
        "workload_identity": "id-payments-receipts",
        "machine": "vm-payments-receipts",
    }
