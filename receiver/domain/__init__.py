"""The rules, and nothing else: values in, values out; no clock, disk, network or randomness."""
