"""People without an account: codes of receipts and one-time links, which the database knows by their hash only."""
