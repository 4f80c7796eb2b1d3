"""Due work: leases, retries, back-off."""
