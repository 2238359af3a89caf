"""Merge duplicate CRM contacts in the warehouse, exactly as the CRM's endpoint would, one request at a time."""
