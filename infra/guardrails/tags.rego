# Every resource says whose it is. The request is asked, not the plan: a tag that says something else is a mistake.
package idp.guardrails.tags

import data.idp.plan

expected := {
	"resource": input.request.resource,
	"stage": input.request.stage,
	"team": input.request.team,
}

findings contains plan.finding("tags", change, sentence) if {
	some change in plan.azure
	plan.has(change, "tags")
	some tag, value in expected
	value != "" # a capability without stages has none
	object.get(as_object(plan.value(change, "tags")), tag, null) != value
	sentence := sprintf("The tag %s must be %s.", [tag, value])
}

as_object(value) := value if is_object(value)

as_object(value) := {} if not is_object(value)
