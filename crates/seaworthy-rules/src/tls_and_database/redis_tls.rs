//! `redis-tls`

use std::cell::OnceCell;

use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::connections::{Family, Store, Switches, connections, programs_set_up_tls, sees_tls};
use crate::environment::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "redis-tls",
        group: Group::TlsAndDatabase,
        summary: "remote Redis without TLS",
        help: include_str!("redis_tls.md"),
        severity: Severity::Low,
        precision: Precision::High,
        cwe: &[319],
        ..Rule::DEFAULT
    },
    check: Check::Searching(check, sees_tls),
};

fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    let settings = settings(snapshot);
    let switches = Switches::of(&settings);
    let in_programs = OnceCell::new();
    for connection in connections(&settings).filter(|c| c.store == Store::Redis) {
        let Some((HostKind::Public, host)) = connection.farthest() else { continue };
        let scheme = connection.scheme();
        let asked = connection
            .any_parameter(&["ssl", "tls", "ssl_cert_reqs"])
            .is_some_and(|(_, value)| !matches!(&*value, "false" | "0"));
        if !matches!(&*scheme, "redis" | "valkey")
            || asked
            || connection.has_unknown_tail()
            || switches.beside(connection.setting, Family::Redis).next().is_some()
            || *in_programs.get_or_init(|| programs_set_up_tls(snapshot))
        {
            continue;
        }
        let setting = connection.setting;
        let message = format!(
            "{} reaches Redis at {host} without TLS in {}{}. The password and all that is stored \
             there, sessions among it, can be read on the way; use {scheme}s://.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
        );
        let place = connection.place(snapshot, connection.url.scheme.clone());
        let draft = setting.report(cx, message);
        if let Some(Region { end, .. }) = place {
            draft.fix(Edit::risky("Use TLS").insert(&setting.artifact, end, "s"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files, check_fix};

    #[test]
    fn flags_remote_redis_without_tls() {
        check(
            &RULE,
            ".env.production",
            "
REDIS_URL=redis://:Vt7kQ29xLm@cache-1.upstash.io:6379
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [low] REDIS_URL reaches Redis at cache-1.upstash.io without TLS
",
        );
    }

    #[test]
    fn passes_tls_and_what_is_near() {
        check(
            &RULE,
            ".env.production",
            "
A_URL=rediss://:Vt7kQ29xLm@cache-1.upstash.io:6379
B_URL=redis://cache:6379
C_URL=redis://127.0.0.1:6379
D_URL=redis://:pw@10.0.0.4:6379
E_URL=redis://${REDIS_HOST}:6379
F_URL=redis://cache.shop.internal:6379
G_URL=redis://:Vt7kQ29xLm@cache.shop.io:6379?ssl_cert_reqs=required
",
        );
        let url = "REDIS_URL=redis://:Vt7kQ29xLm@cache.shop.io:6379\n";
        check(&RULE, ".env.production", &format!("{url}REDIS_TLS_ENABLED=true\n"));
        check(&RULE, ".env", url);
        check_files(
            &RULE,
            &format!(
                "//- .env.production\n{url}//- src/queue.js\nnew Redis(url, {{ tls: {{}} }})\n"
            ),
        );
    }

    #[test]
    fn the_fix_adds_an_s() {
        check_fix(
            &RULE,
            ".env.production",
            "R=redis://:Vt7kQ29xLm@cache.shop.io:6379\n",
            "R=rediss://:Vt7kQ29xLm@cache.shop.io:6379\n",
        );
    }
}
