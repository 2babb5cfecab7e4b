"""What is done with contributions: taken in, decided on, followed."""
