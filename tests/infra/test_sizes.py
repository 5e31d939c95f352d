"""What T-shirt sizes are, by hand, and that the guardrails let pass what the module offers, and nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

INFRA = Path(__file__).resolve().parents[2] / "infra"

SIZES = ("small", "medium", "large")
SKUS = {
    "virtual_machine": ("Standard_B2s", "Standard_D2ds_v5", "Standard_D4ds_v5"),
    "postgresql": ("B_Standard_B1ms", "GP_Standard_D2ds_v5", "GP_Standard_D4ds_v5"),
    "mssql": ("GP_S_Gen5_1", "GP_S_Gen5_2", "GP_Gen5_4"),
    "redis": ("Balanced_B0", "Balanced_B1", "Balanced_B3"),
}
PRICES = {"small": "low", "medium": "medium", "large": "high"}

MAIN = f"""
module "sizes" {{
  source   = "{INFRA}/modules/sizes"
  for_each = toset({json.dumps([f"{service}/{size}" for service in SKUS for size in SIZES])})

  service = split("/", each.key)[0]
  size    = split("/", each.key)[1]
}}
output "sizes" {{
  value = module.sizes
}}
"""


def test_sizes_are_those_of_the_table_and_of_the_guardrails(tmp_path: Path, outputs: Callable[[Path], Any]) -> None:
    (tmp_path / "main.tf").write_text(MAIN)
    made = outputs(tmp_path)["sizes"]

    assert {key: given["sku"] for key, given in made.items()} == {
        f"{service}/{size}": sku for service, skus in SKUS.items() for size, sku in zip(SIZES, skus, strict=True)
    }
    assert all(given["price_class"] == PRICES[key.partition("/")[2]] for key, given in made.items())

    allowed = json.loads((INFRA / "guardrails" / "settings.json").read_text())["settings"]["sizes"]
    for stage in ("dev", "staging", "prod"):
        assert {given["sku"] for given in made.values() if stage in given["stages"]} == set(allowed[stage]), stage
