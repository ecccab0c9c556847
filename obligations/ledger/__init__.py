"""What each verdict rests on, in a committed file."""
