"""Signatures and attestations: read, classify, verify. The only home of cryptography."""
