"""Trading rules of the perpetuals that the product knows by itself, each figure with its origin and date."""
