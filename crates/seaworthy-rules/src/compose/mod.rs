//! Docker Compose projects, merged as Compose merges them.

mod commands;
mod lines;
mod references;
mod secret_sites;
mod standing;
mod stores;

rules![
    compose_db_port_published,
    compose_default_secret,
    compose_docker_socket,
    compose_env_node_production,
    compose_literal_secret,
    compose_mongo_no_auth,
    compose_privileged,
    compose_redis_no_auth,
    compose_service_healthy_without_healthcheck,
    compose_undefined_reference,
];
