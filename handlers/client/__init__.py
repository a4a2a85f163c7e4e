"""What a client can do: file a complaint, follow it, answer the outcome, see to their own data."""
