"""What the sandbox is filled with: seeded, the same on every start; knows no HTTP."""
