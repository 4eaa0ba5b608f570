//! The attributes that Compose knows.

use super::references::nearest;

/// Those of a service.
const SERVICE: &[&str] = &[
    "annotations",
    "attach",
    "blkio_config",
    "build",
    "cap_add",
    "cap_drop",
    "cgroup",
    "cgroup_parent",
    "command",
    "configs",
    "container_name",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpus",
    "cpuset",
    "credential_spec",
    "depends_on",
    "deploy",
    "develop",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "gpus",
    "group_add",
    "healthcheck",
    "hostname",
    "image",
    "init",
    "ipc",
    "isolation",
    "label_file",
    "labels",
    "links",
    "logging",
    "mac_address",
    "mem_limit",
    "mem_reservation",
    "mem_swappiness",
    "memswap_limit",
    "models",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "post_start",
    "pre_stop",
    "privileged",
    "profiles",
    "provider",
    "pull_policy",
    "pull_refresh_after",
    "read_only",
    "restart",
    "runtime",
    "scale",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "use_api_socket",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
    "working_dir",
];

/// Those of a health check.
const HEALTHCHECK: &[&str] =
    &["disable", "interval", "retries", "start_interval", "start_period", "test", "timeout"];

/// Those of a file.
const TOP: &[&str] = &[
    "version", "name", "services", "networks", "volumes", "secrets", "configs", "include", "models",
];

/// Attributes that belong below another one of a service.
const BELOW: &[(&str, &str)] = &[
    ("resources", "deploy"),
    ("replicas", "deploy"),
    ("restart_policy", "deploy"),
    ("update_config", "deploy"),
    ("limits", "deploy.resources"),
    ("reservations", "deploy.resources"),
    ("test", "healthcheck"),
    ("interval", "healthcheck"),
    ("timeout", "healthcheck"),
    ("retries", "healthcheck"),
    ("start_period", "healthcheck"),
    ("context", "build"),
    ("dockerfile", "build"),
    ("args", "build"),
    ("condition", "depends_on"),
    ("max-size", "logging.options"),
    ("max-file", "logging.options"),
];

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Top,
    Service,
    Healthcheck,
}

/// What is wrong with an attribute that Compose surely does not know; `None` for
/// those it knows and those that a newer Compose may know.
pub(super) fn unknown(level: Level, key: &str) -> Option<String> {
    let known = match level {
        Level::Top => TOP,
        Level::Service => SERVICE,
        Level::Healthcheck => HEALTHCHECK,
    };
    if key.starts_with("x-") || known.contains(&key) {
        return None;
    }
    if level == Level::Service {
        if let Some((_, outer)) = BELOW.iter().find(|(inner, _)| *inner == key) {
            return Some(format!("it belongs under `{outer}`"));
        }
        let shouts = key.len() > 2
            && key
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'));
        if shouts {
            return Some("it reads like a variable that belongs under `environment`".to_owned());
        }
    }
    nearest(key, known).map(|near| format!("`{near}` is probably meant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_surely_wrong_is_unknown() {
        let cases = [
            (Level::Service, "image", None),
            (Level::Service, "x-any", None),
            (Level::Service, "future_attribute", None),
            (Level::Service, "enviroment", Some("environment")),
            (Level::Service, "healthchek", Some("healthcheck")),
            (Level::Service, "resources", Some("deploy")),
            (Level::Service, "NODE_ENV", Some("environment")),
            (Level::Healthcheck, "retry", None),
            (Level::Healthcheck, "intervall", Some("interval")),
            (Level::Top, "service", Some("services")),
            (Level::Top, "volumes", None),
        ];
        for (level, key, want) in cases {
            let got = unknown(level, key);
            match want {
                None => assert_eq!(got, None, "{key}"),
                Some(part) => assert!(got.is_some_and(|text| text.contains(part)), "{key}"),
            }
        }
    }
}
