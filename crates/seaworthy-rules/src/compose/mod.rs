//! Docker Compose projects, merged as Compose merges them.

mod attributes;
mod checked;
mod clients;
mod commands;
mod contents;
mod lines;
mod listening;
mod probes;
pub(crate) mod proxy_targets;
mod publishing;
mod references;
mod running;
mod secret_sites;
mod standing;
mod stores;

rules![
    compose_admin_ui_published,
    compose_client_auth_mismatch,
    compose_db_port_published,
    compose_default_secret,
    compose_depends_on_condition,
    compose_docker_socket,
    compose_env_node_production,
    compose_healthcheck_ignores_auth,
    compose_healthcheck_missing,
    compose_healthcheck_timing,
    compose_healthcheck_tool_missing,
    compose_healthcheck_wrong_target,
    compose_image_unpinned,
    compose_internal_network,
    compose_literal_secret,
    compose_logging_rotation,
    compose_missing_mount_source,
    compose_mongo_no_auth,
    compose_port_mapping_mismatch,
    compose_postgres_ssl,
    compose_privileged,
    compose_redis_no_auth,
    compose_resource_limits,
    compose_resource_reservations,
    compose_restart_policy,
    compose_scale_conflict,
    compose_service_healthy_without_healthcheck,
    compose_undefined_reference,
    compose_unnecessary_port,
    compose_volume_missing,
    compose_yaml_invalid,
    proxy_upstream_port_mismatch,
];

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use seaworthy_testkit::{Fixture, run_on, snapshot};

    /// Every rule ends, by itself and with few findings.
    fn judged_to_the_end(name: &str, text: &str) {
        let fixture = Fixture::single("docker-compose.prod.yml", text);
        let snapshot = snapshot(&fixture, true, seaworthy_analysis::Options::default());
        for rule in super::RULES {
            let (findings, notifications) = run_on(rule, &snapshot);
            let id = rule.rule.id;
            assert!(notifications.is_empty(), "{name}: {id}: {notifications:?}");
            assert!(findings.len() <= 1_000, "{name}: {id}: {} findings", findings.len());
        }
    }

    #[test]
    fn large_and_crowded_files_do_not_hold_the_rules_up() {
        let mut many = String::from("services:\n");
        for index in 0..400 {
            let _ = write!(
                many,
                "  s{index}:\n    image: redis\n    depends_on:\n      n{index}:\n        \
                 condition: service_healthy\n      s0:\n        condition: service_healthy\n    \
                 volumes: ['v{index}:/d']\n    environment:\n      A_PASSWORD: ${{X:-y}}\n"
            );
        }
        judged_to_the_end("many services", &many);

        let mut flow = String::from("{services: {");
        for index in 0..1000 {
            let _ = write!(flow, "s{index}: {{image: mongo, ports: ['1:27017'], pid: host}}, ");
        }
        flow.push_str("}}");
        judged_to_the_end("one line", &flow);

        let mut variables = String::from("services:\n  a:\n    image: a\n    environment:\n");
        for index in 0..800 {
            let _ = writeln!(variables, "      P{index}_PASSWORD: w{index}");
        }
        judged_to_the_end("many variables", &variables);

        let words = format!(
            "services:\n  a:\n    image: redis\n    command: {}\n",
            "node --password ${x ".repeat(5_000)
        );
        judged_to_the_end("a long command", &words);
    }

    #[test]
    fn cut_and_odd_files_make_no_rule_panic() {
        let whole = "services:\n  a:\n    image: redis\n    command: redis-server --requirepass \
                     \"${P:-ö}\"\n    ports: [\"0.0.0.0:6379:6379\", {target: 1, published: \"2\"}]\n    \
                     privileged: true\n    volumes: ['/var/run/docker.sock:/x', 'd:/d']\n    \
                     environment:\n      - A_PASSWORD=\n      - URL=postgres://ü:ß${X:-é}@h/x\n    \
                     depends_on: {b: {condition: service_healthy}}\n  b:\n    image: mongo\n    \
                     healthcheck: {test: mysql -p'ä}\n";
        let ends = whole.char_indices().map(|(at, _)| at);
        for end in ends.step_by(3).chain([whole.len()]) {
            let fixture = Fixture::single("docker-compose.prod.yml", &whole[..end]);
            let snapshot = snapshot(&fixture, false, seaworthy_analysis::Options::default());
            for rule in super::RULES {
                let (_, notes) = run_on(rule, &snapshot);
                let failed = seaworthy_model::NotificationKind::RuleFailed;
                assert!(notes.iter().all(|note| note.kind != failed), "{}: {end}", rule.rule.id);
            }
        }
    }
}
