"""The directory: every structure, whole, with its versions, its sources and who changed what.

It owns the structures, imports files of open data, applies approved contributions, and serves records,
their history and the exports of each department. It owns the announcements that administrators put on top of the
public pages. It publishes `structure.changed`, `structure.withdrawn`, `announcement.changed`,
`announcement.withdrawn`, `contribution.conflicted`, `import.completed`, how often records are read
(`records.viewed`) and the receipt `export.refreshed`;
it listens to `contribution.approved`, and to its own `structure.*` to refresh the exports.
"""
