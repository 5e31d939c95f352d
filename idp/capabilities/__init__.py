"""The reference platform's capabilities: one file each, unaware of each other."""
