"""The door: process, clock and network. Nothing else imports this package."""
