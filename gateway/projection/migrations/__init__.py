"""The steps that bring a database to the tables: expand first, contract in a later release."""
