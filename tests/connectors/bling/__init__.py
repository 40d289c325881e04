"""The Bling connector and its sandbox."""
