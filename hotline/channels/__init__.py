"""The ways to an officer, one file each. They do not know each other; whoever is to add one copies a neighbour."""
