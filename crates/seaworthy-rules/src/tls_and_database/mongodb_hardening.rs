//! `mongodb-hardening`

use seaworthy_analysis::{Check, Context, Edit, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::connections::{Connection, Store, connections};
use crate::environment::production::settings;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "mongodb-hardening",
        group: Group::TlsAndDatabase,
        summary: "confirmed writes that MongoDB may lose",
        help: include_str!("mongodb_hardening.md"),
        severity: Severity::Info,
        precision: Precision::VeryHigh,
        cwe: &[391],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    let settings = settings(cx.snapshot());
    for connection in connections(&settings).filter(|c| c.store == Store::Mongo) {
        let Some((parameter, value, strict, effect)) = weakened(&connection) else { continue };
        let setting = connection.setting;
        let message = format!(
            "{} says {parameter}={value} in {}{}: {effect}. Say {parameter}={strict}, which is what \
             drivers do by themselves.",
            setting.subject(),
            setting.environment(),
            setting.condition(),
        );
        let place = connection.parameter_place(cx.snapshot(), parameter);
        let draft = setting.report(cx, message);
        if let Some(place) = place {
            draft.fix(Edit::risky(format!("Say {parameter}={strict}")).replace(
                &setting.artifact,
                place,
                strict,
            ));
        }
    }
}

/// The parameter that takes a guarantee away, its value, the usual one, and what
/// follows.
fn weakened(
    connection: &Connection<'_>,
) -> Option<(&'static str, String, &'static str, &'static str)> {
    let given = |name: &'static str| connection.any_parameter(&[name]).map(|(_, value)| value);
    if let Some(value) = given("w").filter(|value| matches!(&**value, "0" | "1")) {
        let effect = if value == "0" {
            "writes are not confirmed at all, and their failure is not noticed"
        } else {
            "writes that only one member has are lost when it fails"
        };
        return Some(("w", value, "majority", effect));
    }
    if let Some(value) = given("journal").filter(|value| value == "false") {
        return Some((
            "journal",
            value,
            "true",
            "confirmed writes are lost when the server crashes",
        ));
    }
    let value = given("retryWrites").filter(|value| value == "false")?;
    // Services that only speak its protocol do not have them.
    let other = connection.url.hosts.iter().any(|host| {
        let host = connection.text[host.clone()].to_ascii_lowercase();
        ["docdb", "cosmos", "ferretdb", "documentdb"].iter().any(|name| host.contains(name))
    });
    (!other).then_some((
        "retryWrites",
        value,
        "true",
        "a write that a short failure interrupts is an error for users",
    ))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_fix};

    #[test]
    fn flags_guarantees_that_are_taken_away() {
        check(
            &RULE,
            ".env.production",
            "
A_URI=mongodb://db:27017/app?w=1&tls=true
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] w=1
B_URI=mongodb://db:27017/app?retryWrites=false
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] retryWrites=false
C_URI=mongodb+srv://c0.a1b2c.mongodb.net/app?journal=false
      ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [info] journal=false
",
        );
    }

    #[test]
    fn passes_the_usual_and_what_other_services_need() {
        check(
            &RULE,
            ".env.production",
            "
A_URI=mongodb://db:27017/app
B_URI=mongodb://db:27017/app?retryWrites=true&w=majority
C_URI=mongodb://app.cluster-1.docdb.amazonaws.com:27017/app?retryWrites=false
D_URL=postgres://db/app?w=1
",
        );
        check(&RULE, ".env", "A_URI=mongodb://db:27017/app?w=0\n");
    }

    #[test]
    fn the_fix_gives_the_guarantee_back() {
        check_fix(
            &RULE,
            ".env.production",
            "A_URI=mongodb://db:27017/app?w=1&tls=true\n",
            "A_URI=mongodb://db:27017/app?w=majority&tls=true\n",
        );
    }
}
