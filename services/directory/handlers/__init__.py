"""What changes structures: approved contributions, and imports."""
