"""What the domains of the organisation publish in DNS about their mail."""
