"""What notify knows without a server: who is told what, by which rules, and when to try again."""
