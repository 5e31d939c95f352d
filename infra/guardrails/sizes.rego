# What costs much needs production's approval, or is not offered at all.
package idp.guardrails.sizes

import data.idp.plan

argument := {
	"azurerm_linux_virtual_machine": "size",
	"azurerm_managed_redis": "sku_name",
	"azurerm_mssql_database": "sku_name",
	"azurerm_postgresql_flexible_server": "sku_name",
}

findings contains plan.finding("sizes", change, sentence) if {
	some change in plan.planned
	size := plan.value(change, argument[change.type])
	not size in data.settings.sizes[input.request.stage]
	sentence := sprintf("%v is not a size for stage %s.", [size, input.request.stage])
}

findings contains plan.finding("sizes", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_storage_account"
	input.request.stage != "prod"
	replication := plan.value(change, "account_replication_type")
	not replication in {"LRS", "ZRS"}
	sentence := sprintf("Copies in a second region are for production; stage is %s.", [input.request.stage])
}
