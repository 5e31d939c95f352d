"""Argo Workflows: a Catalog's WorkflowTemplates, made through Hera, and what their pods may do.

Only the modules that make templates import Hera; `access` and `configuration` are plain objects. Hera is used through
its constructors alone: its contexts, hooks and class defaults share state between callers (tests/workflows/test_hera_canaries.py).
"""
