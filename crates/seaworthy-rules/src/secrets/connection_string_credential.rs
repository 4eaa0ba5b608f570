//! `connection-string-credential`

use seaworthy_analysis::values::HostKind;
use seaworthy_analysis::{Check, Context, GitStanding, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

use super::passwords::{Fault, passwords};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "connection-string-credential",
        group: Group::Secrets,
        summary: "connection string with its password in a file that git has",
        help: include_str!("connection_string_credential.md"),
        severity: Severity::Critical,
        precision: Precision::High,
        cwe: &[798, 312],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for password in passwords(cx) {
        let Some(Fault::Leaked(severity)) = password.fault(cx) else { continue };
        let definition = password.definition;
        let path = definition.artifact.as_str();
        let place = GitStanding::of(cx.snapshot(), path).place();
        let opens = match password.host {
            Some(HostKind::Public) => "It opens a server that can be reached from anywhere",
            Some(HostKind::Private) => "It opens a server of the internal network",
            _ => "It opens a local service, and often others that were given the same password",
        };
        cx.report_in(
            &definition.artifact,
            password.region,
            format!(
                "The password in {} {place}. {opens}; change it there, and take it from a secret \
                 store.",
                definition.name,
            ),
        )
        .severity(severity)
        .sensitive(password.region)
        .evidence(definition.evidence());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_repo};

    #[test]
    fn flags_a_tracked_password_by_the_reach_of_its_host() {
        check_repo(
            &RULE,
            "
//- .env
DATABASE_URL=postgresql://app:vR7kQ2mX9wL4zTb8@db.harbour-lights.io:5432/app
                              ^^^^^^^^^^^^^^^^ [critical] The password in DATABASE_URL is in a file that git tracks
MONGO_URL=mongodb+srv://app:h%40rbour2031@cluster0.qf3kz.mongodb.net/app
                            ^^^^^^^^^^^^^ [critical] The password in MONGO_URL
REDIS_URL=redis://:k3Jd82nFq0ZxLw7VtB5m@10.0.4.12
                   ^^^^^^^^^^^^^^^^^^^^ [high] internal network
AMQP_URL=amqp://app:k3Jd82nFq0ZxLw7VtB5m@rabbit:5672
                    ^^^^^^^^^^^^^^^^^^^^ [medium] opens a local service
//- .env.example
DATABASE_URL=postgresql://app:vR7kQ2mX9wL4zTb8nYc3@db.harbour-lights.io:5432/app
                              ^^^^^^^^^^^^^^^^^^^^ [critical] is in a file that git tracks
",
        );
    }

    #[test]
    fn a_file_that_git_ignores_is_no_leak_and_one_that_it_would_take_is() {
        check_repo(
            &RULE,
            "
//- .gitignore
.env
//- .env untracked
DATABASE_URL=postgresql://app:vR7kQ2mX9wL4zTb8@db.harbour-lights.io:5432/app
//- .env.production untracked
DATABASE_URL=postgresql://app:vR7kQ2mX9wL4zTb8@db.harbour-lights.io:5432/app
                              ^^^^^^^^^^^^^^^^ [critical] the next `git add .` would take
",
        );
    }

    #[test]
    fn without_git_it_is_at_most_medium() {
        check(
            &RULE,
            ".env",
            "
DATABASE_URL=postgresql://app:vR7kQ2mX9wL4zTb8@db.harbour-lights.io:5432/app
                              ^^^^^^^^^^^^^^^^ [medium] is written out here
",
        );
    }

    #[test]
    fn passes_what_opens_nothing() {
        check_repo(
            &RULE,
            "
//- .env
A_URL=postgres://user:pass@localhost:5432/app
B_URL=postgres://user:password@db:5432/app
C_URL=postgres://USER:PASSWORD@HOST:5432/app
D_URL=postgres://postgres.abcd:<PASSWORD>@aws-0-eu.pooler.supabase.com:6543/postgres
E_URL=postgres://postgres:[YOUR-PASSWORD]@db.abcd.supabase.co:5432/postgres
F_URL=postgres://dummy:dummy@localhost/app
G_URL=postgres://app:${DB_PASSWORD}@db.harbour-lights.io/app
H_URL=postgres://app:****@db.harbour-lights.io/app
I_URL=postgres://postgres:postgres@localhost:5432/app
J_URL=postgres://app:$DB_PASSWORD@db.harbour-lights.io/app
K_URL=https://harbour-lights.io/login
L_URL=redis://cache:6379
//- .env.example
DATABASE_URL=postgres://app:k3Jd82nFq0ZxLw7VtB5m@localhost:5432/app
//- .env.test
DATABASE_URL=postgres://app:test_password@db:5432/app
",
        );
    }
}
