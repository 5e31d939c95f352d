# Nothing is spoken in clear text, and nothing is opened by a shared key or a password.
package idp.guardrails.encryption

import data.idp.plan

# Argument -> the values that are good enough, by type.
required := {
	"azurerm_key_vault": {"rbac_authorization_enabled": {true}, "purge_protection_enabled": {true}},
	"azurerm_mssql_server": {"minimum_tls_version": {"1.2", "1.3"}},
	"azurerm_storage_account": {
		"https_traffic_only_enabled": {true},
		"min_tls_version": {"TLS1_2", "TLS1_3"},
		"shared_access_key_enabled": {false},
	},
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	some argument, values in required[change.type]
	not plan.value(change, argument) in values
	sentence := concat("", [argument, " must be ", concat(" or ", sort([sprintf("%v", [value]) | some value in values])), "."])
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_managed_redis"
	some database in change.change.after.default_database
	object.get(database, "client_protocol", null) != "Encrypted"
	sentence := "client_protocol must be Encrypted."
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_linux_virtual_machine"
	plan.value(change, "encryption_at_host_enabled") != true
	sentence := "encryption_at_host_enabled must be true."
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_linux_virtual_machine"
	plan.value(change, "disable_password_authentication") == false
	sentence := "A machine must not be entered by a password."
}
