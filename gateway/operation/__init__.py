"""One GraphQL operation, start to end; `pipeline` is the list of steps."""
