"""What tests of a connector stand on: sandboxes, the retail data they are seeded with, the kit."""
