"""The schema: retail words over federation; no SQL, no HTTP."""
