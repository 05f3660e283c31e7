"""Adapters to other tools. Each needs its tool only when it is imported."""
