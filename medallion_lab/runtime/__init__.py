"""What must stand before Spark can start: Java, jars, a session, a workspace."""
