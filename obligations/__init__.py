"""Claims, goals, discharge and the ledger."""
