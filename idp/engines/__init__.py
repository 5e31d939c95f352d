"""Where events go and runs are seen: one protocol, two engines, unaware of ledger, access and catalogue."""
