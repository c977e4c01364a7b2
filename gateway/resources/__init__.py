"""One file per Retell resource; none imports another."""
