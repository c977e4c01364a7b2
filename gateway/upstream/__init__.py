"""Speak HTTP to Retell. Knows no GraphQL and no cache."""
