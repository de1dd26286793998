"""What bench/run is made of. One module a concern; everything is in Python's standard library."""
