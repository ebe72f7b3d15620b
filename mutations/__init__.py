"""The mutation bench: each key of each response is set to odd values, one at a time, and a small nightly run follows (`make mutations`)."""
