"""A stand-in Retell: its own ASGI app, importing nothing else of the package."""
