"""Argo Events: the event's body and its encoding, and the objects that carry it, as strict models of our own."""
