"""What the receiver can do: one file, one verb.  Only here are database transactions opened."""
