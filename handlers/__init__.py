"""What people can do here, and by what rules. Pure: no clock, network, file, storage or randomness."""
