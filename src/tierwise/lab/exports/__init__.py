"""What providers say a team has used and what it costs: one format a file, each with a table of its columns."""
