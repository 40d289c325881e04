"""What the author of a connector sees: protocols, manifest, HTTP session, errors and the kit."""
