//! Docker Compose projects, merged as Compose merges them.

rules![];
