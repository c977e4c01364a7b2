"""Remember and share what was fetched. Knows no HTTP, no GraphQL and no Retell."""
