"""The rules of proposals: what may enter, what conflicts, what looks like a duplicate, how far a change has come."""
