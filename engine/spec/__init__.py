"""What the analyst wrote: YAML files read into frozen, checked objects."""
