"""The HTTP API: one module per noun; app.py wires them."""
