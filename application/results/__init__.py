"""What a run amounted to: its books, its figures, its trades, and what was assumed."""
