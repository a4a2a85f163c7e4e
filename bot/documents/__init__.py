"""What leaves as a file: how papers, tables and pictures look. What stands in them: handlers/procedure/."""
