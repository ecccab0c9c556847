"""From claims to goals."""
