"""Customers: what sources know of them, and which records are of one."""
