"""Bytes to operation requests, results to bytes. Knows no resource and no Retell."""
