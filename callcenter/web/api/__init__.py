"""The JSON API: one module per resource, each with its rows of the table of addresses."""
