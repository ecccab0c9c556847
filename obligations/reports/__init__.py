"""Results as people and programs read them: text lines, JSON, the live table."""
