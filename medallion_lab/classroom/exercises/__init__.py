"""The exercises: a module for each chapter, and in it a function for each exercise, named as that."""
