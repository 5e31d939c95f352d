# Nothing that a team has is reached from the internet; the edge is the platform's.
package idp.guardrails.exposure

import data.idp.plan

# Argument -> the one value that is closed, by type. What is not written is the provider's default, and that is open.
closed := {
	"azurerm_key_vault": {"public_network_access_enabled": false},
	"azurerm_managed_redis": {"public_network_access": "Disabled"},
	"azurerm_mssql_server": {"public_network_access_enabled": false},
	"azurerm_postgresql_flexible_server": {"public_network_access_enabled": false},
	"azurerm_storage_account": {"allow_nested_items_to_be_public": false, "public_network_access_enabled": false},
	"azurerm_storage_container": {"container_access_type": "private"},
}

forbidden := {
	"azurerm_mssql_firewall_rule",
	"azurerm_mssql_outbound_firewall_rule",
	"azurerm_mssql_virtual_network_rule",
	"azurerm_postgresql_flexible_server_firewall_rule",
	"azurerm_public_ip",
	"azurerm_public_ip_prefix",
}

anywhere := {"*", "0.0.0.0/0", "::/0", "any", "internet"}

findings contains plan.finding("exposure", change, sentence) if {
	some change in plan.planned
	some argument, value in closed[change.type]
	plan.value(change, argument) != value
	sentence := sprintf("%s must be %v: what a team has is reached inside the network only.", [argument, value])
}

findings contains plan.finding("exposure", change, sentence) if {
	some change in plan.planned
	change.type in forbidden
	sentence := sprintf("A team's environment has no %s: the platform's edge is the only door.", [change.type])
}

findings contains plan.finding("exposure", change, sentence) if {
	some change in plan.planned
	some rule in inbound(change)
	rule.access == "Allow"
	rule.direction == "Inbound"
	some source in array.concat([object.get(rule, "source_address_prefix", "")], as_array(object.get(rule, "source_address_prefixes", [])))
	is_string(source)
	lower(source) in anywhere
	sentence := "A rule that lets in the whole internet is not allowed: name the ranges."
}

inbound(change) := [change.change.after] if change.type == "azurerm_network_security_rule"

inbound(change) := as_array(change.change.after.security_rule) if change.type == "azurerm_network_security_group"

as_array(value) := value if is_array(value)

as_array(value) := [] if not is_array(value)
