"""GraphiQL for browsers: one page, its files, and the example documents that it opens with.

`built/` is made by `ide/build.sh`. Knows nothing of Retell but what the examples say.
"""
