"""Retell Gateway: one GraphQL endpoint over the REST API of Retell AI."""
