"""The ways out: HTTP requests to partners' endpoints, mail through an SMTP server."""
