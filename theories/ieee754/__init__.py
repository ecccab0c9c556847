"""An executable reference for IEEE-754 binary arithmetic."""
