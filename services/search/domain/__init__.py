"""What is searched, how it is asked and what is answered, whatever the engine."""
