//! `compose-privileged`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_formats::compose::{ImageName, Service, Text, Value};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::lines;
use super::standing::{Judged, Once, Standing, judged};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "compose-privileged",
        group: Group::Compose,
        summary: "container that is not kept apart from its host",
        help: include_str!("compose_privileged.md"),
        severity: Severity::High,
        precision: Precision::High,
        cwe: &[250, 653],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let mut once = Once::default();
    for judged in judged(cx) {
        for service in &judged.stack.project().services {
            for fault in faults(&judged, service) {
                fault.report(cx, &mut once, &judged, service);
            }
        }
    }
}

/// One line that opens the container's walls.
struct Fault<'s> {
    at: &'s Text,
    /// The attribute.
    key: &'static str,
    /// What it says, for people.
    says: String,
    consequence: &'static str,
    severity: Severity,
    /// Whether the line can go without touching others.
    removable: bool,
}

/// Attributes whose value `host` shares something with the host.
const NAMESPACES: &[(&str, &str)] = &[
    (
        "network_mode",
        "It can reach what listens on the host's loopback interface, and everything it opens is \
         reachable from outside.",
    ),
    ("pid", "It sees all processes of the host and can read their environment and memory."),
    ("ipc", "It can read and change the shared memory of the host's processes."),
    ("userns_mode", "Root in the container stays root on the host."),
    ("uts", "It can change the host's name."),
    ("cgroup", "It can reach the control groups of the host."),
];

fn faults<'s>(judged: &Judged<'_>, service: &'s Service) -> Vec<Fault<'s>> {
    let mut faults = Vec::new();
    if service.is_privileged()
        && let Some(at) = &service.privileged
    {
        faults.push(Fault {
            at,
            key: "privileged",
            says: "runs privileged".to_owned(),
            consequence: "It has every capability and all devices, so taking it over means \
                          taking over the host. Grant the single capability or device it needs.",
            severity: Severity::High,
            removable: true,
        });
    }
    for &(key, consequence) in NAMESPACES {
        let Some(at) = service.extra(key).and_then(Value::text) else { continue };
        if judged.stack.expand(at).is_none_or(|value| value.trim() != "host") {
            continue;
        }
        faults.push(Fault {
            at,
            key,
            says: format!("shares the host's {} (`{key}: host`)", namespace(key)),
            consequence,
            severity: if key == "uts" { Severity::Medium } else { Severity::High },
            removable: true,
        });
    }
    for at in &service.cap_add {
        let Some(value) = judged.stack.expand(at) else { continue };
        let Some((name, consequence, severity)) = capability(&value) else { continue };
        faults.push(Fault {
            at,
            key: "cap_add",
            says: format!("is granted the capability {name}"),
            consequence,
            severity,
            removable: false,
        });
    }
    for at in &service.security_opt {
        let Some(value) = judged.stack.expand(at) else { continue };
        let Some((says, consequence)) = confinement(&value) else { continue };
        faults.push(Fault {
            at,
            key: "security_opt",
            says: says.to_owned(),
            consequence,
            severity: Severity::High,
            removable: false,
        });
    }
    faults
}

fn namespace(key: &str) -> &'static str {
    match key {
        "network_mode" => "network",
        "pid" => "process list",
        "ipc" => "shared memory",
        "userns_mode" => "user ids",
        "uts" => "host name",
        _ => "control groups",
    }
}

/// A capability that leads out of the container or at other containers.
fn capability(name: &str) -> Option<(String, &'static str, Severity)> {
    let upper = name.trim().to_ascii_uppercase();
    let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
    let (consequence, severity) = match name {
        "ALL" => ("That is nearly what `privileged` grants.", Severity::High),
        "SYS_ADMIN" => ("It allows mounts and more, which lead out of it.", Severity::High),
        "SYS_MODULE" => ("It can load code into the kernel.", Severity::High),
        "SYS_PTRACE" => ("It can read and change other processes.", Severity::High),
        "SYS_RAWIO" => ("It can reach memory and disks past the kernel.", Severity::High),
        "DAC_READ_SEARCH" => ("It can open any file of the host by its handle.", Severity::High),
        "BPF" | "PERFMON" => ("It can observe and steer the kernel.", Severity::High),
        "NET_ADMIN" => ("It can change routes, interfaces and packet filters.", Severity::Medium),
        "MAC_ADMIN" | "MAC_OVERRIDE" => ("It can undo mandatory access control.", Severity::High),
        "SYS_BOOT" | "SYS_TIME" => ("It can disturb the whole host.", Severity::Medium),
        "SYSLOG" => ("It can read the kernel's log and addresses.", Severity::Medium),
        _ => return None,
    };
    Some((name.to_owned(), consequence, severity))
}

/// A security option that switches a confinement off.
fn confinement(option: &str) -> Option<(&'static str, &'static str)> {
    let option = option.trim().to_ascii_lowercase();
    let (name, value) = option.split_once([':', '='])?;
    match (name, value) {
        ("seccomp", "unconfined") => {
            Some(("switches seccomp off", "Every system call is open to an attacker in it."))
        }
        ("apparmor", "unconfined") => {
            Some(("switches AppArmor off", "Its profile no longer limits what it can reach."))
        }
        ("label", "disable") => Some((
            "switches SELinux separation off",
            "It can reach files that belong to other containers and to the host.",
        )),
        ("systempaths", "unconfined") => Some((
            "unmasks the kernel's files below /proc and /sys",
            "It can read and change settings of the host.",
        )),
        _ => None,
    }
}

/// Images that cannot work without, and why.
const NEEDS: &[(&str, &[&str])] = &[
    ("privileged", &["docker", "dind", "cadvisor", "buildkit", "k3s", "kind", "binfmt"]),
    (
        "network_mode",
        &[
            "node-exporter",
            "home-assistant",
            "tailscale",
            "wireguard",
            "netdata",
            "cloudflared",
            "avahi",
            "keepalived",
            "crowdsec-firewall-bouncer",
            "mdns-repeater",
            "wg-easy",
        ],
    ),
    ("pid", &["node-exporter", "netdata", "cadvisor", "dd-agent", "agent", "glances", "beyla"]),
    (
        "cap_add",
        &[
            "wireguard",
            "wg-easy",
            "tailscale",
            "gluetun",
            "openvpn",
            "netdata",
            "zerotier",
            "fail2ban",
            "pihole",
            "openconnect",
            "dd-agent",
            "agent",
            "keepalived",
            "beyla",
            "system-probe",
            "firezone",
            "headscale",
            "crowdsec-firewall-bouncer",
        ],
    ),
    ("security_opt", &["netdata", "docker", "dind", "buildkit"]),
];

fn needs(service: &Service, key: &str) -> bool {
    let Some(image) = service.image.as_ref().and_then(ImageName::of) else { return false };
    let name = image.name().to_ascii_lowercase();
    NEEDS.iter().any(|(attribute, images)| *attribute == key && images.contains(&&*name))
}

impl Fault<'_> {
    fn report(
        &self,
        cx: &mut Context<'_>,
        once: &mut Once,
        judged: &Judged<'_>,
        service: &Service,
    ) {
        let origin = self.at.origin();
        if !once.first(&origin.artifact, origin.region) {
            return;
        }
        let name = service.name.raw();
        let needed = needs(service, self.key);
        let most = match judged.at(Some(service), origin) {
            _ if needed => Severity::Low,
            Standing::Production | Standing::Undeclared => Severity::High,
            Standing::Development => Severity::Medium,
            Standing::Test => Severity::Low,
        };
        let note = if needed {
            " The image is known to need it: keep its version current and publish nothing of it."
        } else {
            ""
        };
        let line = lines::entry_line(cx, &origin.artifact, self.key, origin.region);
        let draft = cx.report_in(
            &origin.artifact,
            origin.region,
            format!("Service {name} {}. {}{note}", self.says, self.consequence),
        );
        draft.severity(self.severity.min(most)).evidence(format!("{name}:{}", self.key));
        if let Some(line) = line.filter(|_| self.removable && !needed) {
            let title = format!("Remove `{}`", self.key);
            draft.fix(Edit::risky(title).remove(&origin.artifact, line));
        }
        judged.explain(draft, origin);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_each_line_that_opens_the_container() {
        check(
            &RULE,
            "compose.yaml",
            r#"
services:
  api:
    build: .
    privileged: true
                ^^^^ [high] Service api runs privileged
    network_mode: host
                  ^^^^ [high] shares the host's network
    pid: "host"
          ^^^^ [high] process list
    ipc: host
         ^^^^ [high] shared memory
    userns_mode: host
                 ^^^^ [high] user ids
    uts: host
         ^^^^ [medium] host name
    cap_add: [CAP_SYS_ADMIN, net_admin, NET_BIND_SERVICE, ALL, CHOWN]
              ^^^^^^^^^^^^^ [high] capability SYS_ADMIN
                             ^^^^^^^^^ [medium] NET_ADMIN
                                                          ^^^ [high] ALL
    security_opt:
      - seccomp=unconfined
        ^^^^^^^^^^^^^^^^^^ [high] seccomp off
      - label:disable
        ^^^^^^^^^^^^^ [high] SELinux
      - no-new-privileges:true
"#,
        );
    }

    #[test]
    fn values_may_be_quoted_defaulted_or_merged() {
        check(
            &RULE,
            "docker-compose.prod.yml",
            r#"
x-base: &base
  privileged: yes
              ^^^ [high] privileged
services:
  a:
    <<: *base
    image: a
  b:
    <<: *base
    image: b
    network_mode: ${NET:-host}
                  ^^^^^^^^^^^^ [high] network
  c:
    image: c
    privileged: "true"
                 ^^^^ [high] privileged
"#,
        );
    }

    #[test]
    fn passes_what_stays_apart() {
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  a:
    image: a
    privileged: false
    network_mode: service:b
    pid: service:b
    ipc: shareable
    cap_drop: [ALL]
    cap_add: [NET_BIND_SERVICE, IPC_LOCK, SYS_NICE]
    security_opt: ['no-new-privileges', 'seccomp:./profile.json', 'apparmor:docker-default']
  b:
    image: b
    network_mode: ${MODE}
  c:
    image: c
    network_mode: bridge
",
        );
    }

    #[test]
    fn an_override_may_take_it_back_or_bring_it_in() {
        check_files(
            &RULE,
            "
//- compose.yml
services:
  a:
    image: a
    privileged: true
//- compose.override.yml
services:
  a:
    privileged: false
    pid: host
         ^^^^ [medium] process list
",
        );
    }

    #[test]
    fn images_that_need_it_are_low_and_development_is_medium() {
        check(
            &RULE,
            "docker-compose.dev.yml",
            "
services:
  dind:
    image: docker:27-dind
    privileged: true
                ^^^^ [low] known to need it
  vpn:
    image: linuxserver/wireguard
    cap_add: [NET_ADMIN, SYS_MODULE]
              ^^^^^^^^^ [low] NET_ADMIN
                         ^^^^^^^^^^ [low] SYS_MODULE
  api:
    build: .
    privileged: true
                ^^^^ [medium] privileged
",
        );
    }

    #[test]
    fn removes_the_line() {
        check_fix(
            &RULE,
            "compose.yaml",
            "
services:
  a:
    image: a
    privileged: true # for now
    pid: \"host\"
    restart: always
",
            "
services:
  a:
    image: a
    restart: always
",
        );
    }
}
