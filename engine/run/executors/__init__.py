"""Where chunks of a run are computed, other than on this process's threads: one file per kind of cluster."""
