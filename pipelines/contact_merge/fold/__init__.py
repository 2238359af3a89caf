"""Fold: active merges of the ledger -> lines of contacts, survivors, redirects, provenance and conflicts of JSON keys.

What the merged views read is made here, for the contacts that are connected with affected ones.
"""
