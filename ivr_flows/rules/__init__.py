"""What lint looks at, a file for each kind of fault. The rules' numbers are kept for good: people search for them."""
