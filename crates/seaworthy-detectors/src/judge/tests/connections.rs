//! Passwords of URLs and connection strings.

use super::*;

static KIND: Kind = kind(Family::Connection, Severity::Critical, Precision::Medium);

fn of(user: &str, password: &str, host: &str, path: &str) -> Option<Verdict> {
    let text = format!("postgres://{user}:{password}@{host}/app");
    let start = 12 + user.len();
    let mut candidate = Candidate::new(&KIND, Region::new(start, start + password.len()), password);
    candidate.standing = Standing::Part;
    candidate.user = Some(user.to_owned());
    candidate.host = Some(host.to_owned());
    verdict(&candidate, &text, path)
}

#[test]
fn connections_are_judged_by_password_host_and_place() {
    let cases = [
        ("app", "q7Zr2mVx9KpLw4TnB8sD", "db.acme.io", "src/db.ts", "high"),
        ("app", "Xk9#mP2vLq", "db.acme.io", "src/db.ts", "high"),
        ("app", "Xk9mP2vLq", "10.1.2.3", "src/db.ts", "medium"),
        ("app", "q7Zr2mVx9KpLw4TnB8sD", "localhost", "config.yml", "high"),
        ("app", "Xk9mP2vLq7", "postgres", "config.yml", "medium"),
        ("app", "tuesday47", "db.acme.io", "config.yml", "medium"),
        ("app", "tuesday47", "localhost", "config.yml", "none"),
        ("app", "q7Zr2mVx9KpLw4TnB8sD", "db.example.com", "src/db.ts", "none"),
        ("app", "q7Zr2mVx9KpLw4TnB8sD", "HOST", "src/db.ts", "none"),
        ("user", "pass", "host", "README.md", "none"),
        ("user", "password", "db.acme.io", "src/db.ts", "none"),
        ("postgres", "postgres", "localhost", "compose.yaml", "none"),
        ("acme", "acme", "db.acme.io", "compose.yaml", "none"),
        ("app", "${DB_PASSWORD}", "db.acme.io", "config.yml", "none"),
        ("app", "<password>", "db.acme.io", "config.yml", "none"),
        ("app", "****", "db.acme.io", "config.yml", "none"),
        ("app", "secret", "localhost", "src/db.ts", "none"),
        ("app", "devpass", "localhost", "compose.yaml", "none"),
        ("app", "changeme", "db.acme.io", "config.yml", "none"),
        ("user", "Xk9mP2vLq", "localhost", "src/db.ts", "none"),
        ("", "pserver:anoncvs", "cvs.acme.io", "copyright", "none"),
        ("", "pserver:mirror7", "cvs.acme.io", "src/db.ts", "none"),
        ("app", "Xk9mP2vLq", "localhost", "tests/db.ts", "none"),
        ("app", "q7Zr2mVx9KpLw4TnB8sD", "db.acme.io", "tests/db.ts", "medium"),
        ("app", "q7Zr2mVx9KpLw4TnB8sD", "db.acme.io", "node_modules/a/db.js", "none"),
    ];
    for (user, password, host, path, want) in cases {
        assert_eq!(level(of(user, password, host, path)), want, "{user}:{password}@{host} {path}");
    }
}

#[test]
fn a_host_that_few_can_reach_makes_it_milder() {
    let severity =
        |host| of("app", "q7Zr2mVx9KpLw4TnB8sD", host, "src/db.ts").map(|got| got.severity);
    assert_eq!(severity("db.acme.io"), Some(Severity::Critical));
    assert_eq!(severity("10.0.0.7"), Some(Severity::High));
    assert_eq!(severity("localhost"), Some(Severity::Medium));
    assert_eq!(severity("postgres"), Some(Severity::Medium));
}
