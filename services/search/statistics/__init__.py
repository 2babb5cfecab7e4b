"""What people search for, counted without knowing who they are (docs/decisions/0016)."""
