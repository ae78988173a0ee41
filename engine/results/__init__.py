"""What came out, with names, units and provenance."""
