"""Decide: requests that are new to the ledger -> an answer each, and the merges of those accepted.

It sees ids, never a contact's values; only ids of requests that depend on each other are walked one by one.
"""
