"""The customer's page as code: cases, steps, deadlines, independence and the papers."""
