"""What a manager can do: see how complaints are going, per topic and period."""
