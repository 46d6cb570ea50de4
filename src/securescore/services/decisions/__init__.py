"""What people decide and declare about a tenant. Each act is one transaction with its snapshot, activity and audit entry."""
