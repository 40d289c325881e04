"""Executes validated operations of a GraphQL schema level by level, by code made for each."""
