"""What makes and checks the book, beside the package that the chapters call."""
