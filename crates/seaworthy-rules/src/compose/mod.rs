//! Docker Compose projects, merged as Compose merges them.

mod lines;
mod standing;

rules![compose_db_port_published];
