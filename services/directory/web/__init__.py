"""The directory on the web: records, the API, the exports."""
