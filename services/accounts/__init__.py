"""accounts: who somebody is, what they may do and where, and the credentials that say so.

It owns accounts with their roles, sign-in links, sessions and API tokens. It publishes `signin.requested`
(for notify, which sends the link) and `credential.revoked` (for every service, which refuses that session or
token from then on). It listens to nothing. It alone holds the key that signs credentials; nobody asks it who
somebody is, since every service reads credentials with the public key.
"""
