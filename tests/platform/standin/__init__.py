"""A stand-in for the real providers: their schemas, and a world in which everything succeeds.

Real Terraform talks to it by plugin protocol 6. It proves names, types, blocks, references, wiring and order; it knows no
rule that lives inside a provider (enumerations, conflicts, what forces a replacement) and nothing of Azure.
"""
