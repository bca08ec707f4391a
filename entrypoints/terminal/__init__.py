"""What a person sees: results as tables, progress as a bar."""
