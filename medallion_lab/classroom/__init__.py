"""What an exercise needs: a check that answers in sentences. Nothing here runs Spark by itself."""
