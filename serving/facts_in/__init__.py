"""What callers tell: decoded JSON read strictly into the ledger's facts, and the ledger's facts shown again."""
