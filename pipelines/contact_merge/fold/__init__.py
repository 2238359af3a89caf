"""Fold: standing merges of the ledger -> lines of contacts, survivors, redirects, provenance and conflicts of JSON keys.

What the merged views read is made here, for the contacts that hang together with touched ones.
"""
