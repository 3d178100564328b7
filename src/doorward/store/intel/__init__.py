"""Threat intelligence on disk: one SQLite bundle, and sorted hash files beside it."""
