"""The public search: it owns the index of listed structures, the home page, the results, statistics and the search API.

It publishes `structure.indexed`, the receipt that a change can be found, and listens to `structure.*`,
`announcement.*` and `records.viewed`. The index is a projection: dropping it and replaying the stream gives it again.
"""
