"""What a structure may become: pure functions on immutable records."""
