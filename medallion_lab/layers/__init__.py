"""Bronze, silver, gold: each step a transform from DataFrame to DataFrame, each layer one starter."""
