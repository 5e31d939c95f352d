# Data goes when somebody asks that it go, and never as a side effect of a change.
package idp.guardrails.destruction

import data.idp.plan

findings contains plan.finding("destruction", change, sentence) if {
	input.request.verb != "deprovision"
	some change in plan.removed
	not "create" in change.change.actions
	sentence := "This would be destroyed, and nobody asked for that: deprovision the resource if it is meant."
}

findings contains plan.finding("destruction", change, sentence) if {
	input.request.verb != "deprovision"
	some change in plan.removed
	"create" in change.change.actions
	not change.type in data.settings.replaceable
	not unfinished(change)
	sentence := "This would be destroyed and made anew, without its data: ask for another resource beside it."
}

# What could not be made to the end holds nothing yet, and the next request makes it anew.
unfinished(change) if change.action_reason == "replace_because_tainted"
