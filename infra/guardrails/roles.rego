# A run may let software in, by a few roles, and only into what the team has.
package idp.guardrails.roles

import data.idp.plan

findings contains plan.finding("roles", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_role_assignment"
	role := plan.value(change, "role_definition_name")
	not role in data.settings.roles
	sentence := concat("", ["The role ", sprintf("%v", [role]), " is not one that environments may have: ", concat(", ", data.settings.roles), "."])
}

findings contains plan.finding("roles", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_role_assignment"
	scope := plan.value(change, "scope")
	scope != "unknown"
	not inside(scope)
	sentence := "The role reaches beyond the team's own resource groups."
}

# Known after apply: then it must be the id of something that this very plan makes.
findings contains plan.finding("roles", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_role_assignment"
	plan.value(change, "scope") == "unknown"
	not refers_to_own(change)
	sentence := "The role's scope is not known before it is given."
}

findings contains plan.finding("roles", change, sentence) if {
	some change in plan.planned
	change.type == "azurerm_role_assignment"
	not plan.value(change, "principal_type") == "ServicePrincipal"
	sentence := "Runs let in software only (principal_type ServicePrincipal); people get their rights from groups."
}

# .../resourceGroups/rg-<capability>.<team>.<name>/...: no part has a dot, so no other team's name fits.
inside(scope) if {
	parts := split(lower(scope), "/")
	parts[3] == "resourcegroups"
	startswith(parts[4], "rg-")
	split(parts[4], ".")[1] == input.request.team
}

refers_to_own(change) if {
	some module in modules
	some resource in module.resources
	resource.type == "azurerm_role_assignment"
	resource.name == change.name
	some reference in resource.expressions.scope.references
	some other in plan.azure
	startswith(reference, sprintf("%s.%s", [other.type, other.name]))
}

modules contains module if {
	walk(input.plan.configuration.root_module, [_, module])
	is_array(module.resources)
}
