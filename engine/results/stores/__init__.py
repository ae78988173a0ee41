"""One sink and reader per format."""
