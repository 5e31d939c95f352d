# Data stays where the company said it stays.
package idp.guardrails.regions

import data.idp.plan

findings contains plan.finding("regions", change, sentence) if {
	some change in plan.azure
	is_string(change.change.after.location)
	region := replace(lower(change.change.after.location), " ", "")
	not region in data.settings.regions
	sentence := concat("", [region, " is not a region of the platform: use ", concat(" or ", data.settings.regions), "."])
}

# Known after apply only: nobody can say that it stays.
findings contains plan.finding("regions", change, sentence) if {
	some change in plan.azure
	plan.value(change, "location") == "unknown"
	sentence := "The region is not known before it is made: name it."
}
