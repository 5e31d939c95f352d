# What the guardrails read: `input.plan` (terraform show -json) and `input.request` (verb, stage, team, resource).
package idp.plan

# Everything that is made or changed, as it will be.
planned contains change if {
	some change in input.plan.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	action in {"create", "update"}
}

# Everything that goes, for good or to be made anew.
removed contains change if {
	some change in input.plan.resource_changes
	change.mode == "managed"
	"delete" in change.change.actions
}

azure contains change if {
	some change in planned
	startswith(change.type, "azurerm_")
}

# The argument's value; an argument that nobody wrote is null, one that is known after apply only is "unknown".
value(change, name) := "unknown" if {
	object.get(change.change, "after_unknown", {})[name] == true
}

value(change, name) := object.get(change.change.after, name, null) if {
	not object.get(change.change, "after_unknown", {})[name] == true
}

# Whether the type has such an argument, known or not.
has(change, name) if name in object.keys(change.change.after)

has(change, name) if name in object.keys(object.get(change.change, "after_unknown", {}))

finding(rule, change, sentence) := {"rule": rule, "address": change.address, "sentence": sentence}
