"""Execution of a graphql-core schema. Knows neither Strawberry nor the rest of the gateway."""
