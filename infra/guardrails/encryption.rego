# Nothing is spoken in clear text, and nothing is opened by a shared key or a password.
package idp.guardrails.encryption

import data.idp.plan

# Argument -> the values that are good enough, by type.
required := {
	"azurerm_key_vault": {"rbac_authorization_enabled": {true}, "purge_protection_enabled": {true}},
	"azurerm_mssql_database": {"transparent_data_encryption_enabled": {true}},
	"azurerm_mssql_server": {"minimum_tls_version": {"1.2", "1.3"}},
	"azurerm_storage_account": {
		"https_traffic_only_enabled": {true},
		"min_tls_version": {"TLS1_2", "TLS1_3"},
		"shared_access_key_enabled": {false},
	},
}

# Block -> argument -> the one value that is good enough, by type. A block that nobody wrote is the provider's default: a password.
entered_by_identity := {
	"azurerm_managed_redis": {"default_database": {"access_keys_authentication_enabled": false}},
	"azurerm_mssql_server": {"azuread_administrator": {"azuread_authentication_only": true}},
	"azurerm_postgresql_flexible_server": {"authentication": {"active_directory_auth_enabled": true, "password_auth_enabled": false}},
}

# What a password would be written into, by type.
passwords := {
	"azurerm_mssql_server": {"administrator_login_password", "administrator_login_password_wo_version"},
	"azurerm_postgresql_flexible_server": {"administrator_password", "administrator_password_wo_version"},
}

# Parameter of a PostgreSQL server -> the values that are good enough. One that nobody wrote is Azure's default, and that is good.
parameters := {
	"require_secure_transport": {"on"},
	"ssl_min_protocol_version": {"TLSv1.2", "TLSv1.3"},
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	some argument, values in required[change.type]
	not plan.value(change, argument) in values
	sentence := concat("", [argument, " must be ", concat(" or ", sort([sprintf("%v", [value]) | some value in values])), "."])
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	some argument in passwords[change.type]
	plan.value(change, argument) != null
	sentence := sprintf("%s must not be set: software enters by its identity.", [argument])
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	some block, arguments in entered_by_identity[change.type]
	some argument, value in arguments
	not written(change, block, argument, value)
	sentence := sprintf("%s.%s must be %v: software enters by its identity.", [block, argument, value])
}

written(change, block, argument, value) if {
	some inner in change.change.after[block]
	inner[argument] == value
}

findings contains plan.finding("encryption", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_postgresql_flexible_server_configuration"
	some parameter, values in parameters
	plan.value(change, "name") == parameter
	not plan.value(change, "value") in values
	sentence := concat("", ["The parameter ", parameter, " must be ", concat(" or ", sort(values)), "."])
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
