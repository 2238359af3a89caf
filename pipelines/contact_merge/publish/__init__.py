"""Publish: merged views, responses and events -> files, each whole or not at all."""
