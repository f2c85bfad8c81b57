"""What a cell can be that is not as it should be, and that a run repairs."""

KINDS = ("missing", "stale", "wrong", "orphan")
"""As recon.day_cells names them; run_days, the views of runs and the report have a column each."""
