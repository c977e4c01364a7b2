"""The vocabulary that resource files are written in."""
