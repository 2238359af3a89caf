"""What Dagster knows of the pipeline: assets, checks, jobs, sensor, schedule and resource.

Thin over the functions that the command line calls; nothing here decides or merges anything.
"""
