"""The peers: each one a folder or module with what it takes to install, configure and start it."""
