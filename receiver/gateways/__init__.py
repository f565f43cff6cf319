"""The network: one protocol each, one file each."""
