"""What values mean: sorts, terms, definedness, normal forms, IEEE-754, and the theory files."""
