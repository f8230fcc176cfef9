"""What a chapter shows: tables, source, pictures. No rules live here, and no Spark."""
