"""The rim: one request, one transaction; who asks; how a refusal is answered."""
