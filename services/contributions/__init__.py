"""Contributions: what people propose about places, and what moderators decide.

It owns proposals (additions and corrections), the contact of those who made them, decisions, and the journey
of each approved change. It publishes `contribution.submitted`, `contribution.approved` and
`contribution.rejected`. It listens to `structure.*` to show differences, conflicts and possible duplicates,
and to the receipts of directory, search and notify, which fill the journey in.
"""
