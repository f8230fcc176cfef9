"""Look at streams and tables without touching them."""
