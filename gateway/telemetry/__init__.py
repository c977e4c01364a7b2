"""Logs, and what one operation did upstream."""
