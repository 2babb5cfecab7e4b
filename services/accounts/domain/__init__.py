"""The rules of accounts: roles and where they reach, sign-in links, the names of devices."""
