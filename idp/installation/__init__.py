"""The installation of idp itself, one file per noun: plain objects, computed from the Catalog.

What differs between two installations of one catalogue is a patch of a kustomization, never a value here.
"""
