"""Square: tills' sales and their hand-over, stock by location, customers and locations."""
