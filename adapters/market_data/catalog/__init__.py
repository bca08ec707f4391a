"""The catalogue: series of market data as partitioned Parquet with a manifest each."""
