"""`flattr-receiver`, also as `python -m receiver`."""

from receiver.cli.commands import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
