//! `seed-no-guard`

use std::collections::HashSet;

use seaworthy_analysis::joined::{Purpose, purpose_of};
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{ValueClass, ValueContext, classify};
use seaworthy_analysis::{Check, Context, NativeRule, TextRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity, split_last};

use super::tools::depends_on_environment;
use crate::secrets::program_text::{Grammar, Kind, Token, tokens};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "seed-no-guard",
        group: Group::Operations,
        summary: "seed that does not ask where it runs",
        help: include_str!("seed_no_guard.md"),
        severity: Severity::Medium,
        precision: Precision::Medium,
        cwe: &[489, 1188],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths, check }),
};

/// Programs whose names say that they seed.
fn paths(path: &str) -> bool {
    let (directory, name) = split_last(path, b'/').unwrap_or(("", path));
    let Some((stem, extension)) = split_last(name, b'.') else { return false };
    matches!(extension, "js" | "mjs" | "cjs" | "ts" | "mts" | "cts")
        && (purpose_of(stem) == Purpose::Seed
            || directory.split('/').any(|part| matches!(part, "seed" | "seeds" | "seeders")))
        && !stem.ends_with(".d")
}

/// The longest text that is read; a longer one is data.
const LONGEST: usize = 400_000;

fn check(text: &str, cx: &mut Context<'_>) {
    if text.len() > LONGEST || !matches!(cx.role().role, Role::Source | Role::Deployable) {
        return;
    }
    let Some(tokens) = tokens(text, 0..text.len(), Grammar::Script) else { return };
    let Some((found, fault)) = fault(&tokens) else { return };
    if asks(&tokens) || is_guarded_outside(cx) {
        return;
    }
    let what = match fault {
        Fault::Empties => "empties a table",
        Fault::Account => "makes an account whose password stands in the source",
    };
    let region = Region::new(found.start, found.end());
    let message = format!(
        "This seed {what}, and does not ask where it runs. One call with production's \
         DATABASE_URL, by mistake or by a script of the deployment, does the same there. Refuse \
         at its beginning: `if (process.env.NODE_ENV === 'production') throw …`."
    );
    let draft = cx.report(region, message);
    draft.evidence(what);
    if matches!(fault, Fault::Account) {
        draft.sensitive(region);
    }
}

#[derive(Clone, Copy)]
enum Fault {
    Empties,
    Account,
}

/// The first thing that must not happen to production.
fn fault<'t>(tokens: &[Token<'t>]) -> Option<(Token<'t>, Fault)> {
    let creates = tokens.windows(2).any(|pair| {
        pair[1].is("(")
            && matches!(
                pair[0].text,
                "create"
                    | "createMany"
                    | "upsert"
                    | "insert"
                    | "insertMany"
                    | "save"
                    | "bulkCreate"
                    | "bulkInsert"
                    | "createUser"
                    | "insertOne"
                    | "values"
                    | "findOrCreate"
            )
    });
    tokens.iter().enumerate().find_map(|(at, token)| {
        let rest = &tokens[at..];
        if empties(rest) && at > 0 && (tokens[at - 1].is(".") || tokens[at - 1].is("?.")) {
            return Some((*token, Fault::Empties));
        }
        if matches!(token.kind, Kind::Text | Kind::Template) && truncates(token.text) {
            return Some((*token, Fault::Empties));
        }
        (creates && is_password(tokens, at)).then_some((*token, Fault::Account))
    })
}

/// `deleteMany()`, `deleteMany({})`, `destroy({ where: {} })`, `dropDatabase()`
fn empties(rest: &[Token<'_>]) -> bool {
    let signs: Vec<&str> = rest.iter().skip(1).take(8).map(|token| token.text).collect();
    match rest[0].text {
        _ if rest[0].kind != Kind::Word => false,
        "deleteMany" => matches!(signs[..], ["(", ")", ..] | ["(", "{", "}", ")", ..]),
        "dropDatabase" => matches!(signs[..], ["(", ..]),
        "destroy" => {
            matches!(
                signs[..],
                ["(", "{", "where", ":", "{", "}", ..] | ["(", "{", "truncate", ":", "true", ..]
            )
        }
        "sync" => matches!(signs[..], ["(", "{", "force", ":", "true", ..]),
        _ => false,
    }
}

/// A statement of SQL that empties a table.
fn truncates(text: &str) -> bool {
    let start = text.trim_start();
    let mut words = start.split_whitespace().map(str::to_ascii_uppercase);
    match (words.next().as_deref(), words.next().as_deref()) {
        (Some("TRUNCATE"), Some(_)) => true,
        (Some("DELETE"), Some("FROM")) => !start.to_ascii_uppercase().contains("WHERE"),
        _ => false,
    }
}

/// Whether the token is a password written out: hashed on the spot, or the value of a
/// key or variable of that name.
fn is_password(tokens: &[Token<'_>], at: usize) -> bool {
    let token = tokens[at];
    if token.kind != Kind::Text || at < 2 {
        return false;
    }
    let (before, name) = (tokens[at - 1], tokens[at - 2]);
    let after = tokens.get(at + 1);
    let hashed = before.is("(")
        && matches!(name.text, "hash" | "hashSync" | "hashPassword")
        && after.is_some_and(|next| next.is(",") || next.is(")"));
    let lower = name.text.to_ascii_lowercase();
    let named = (before.is(":") || before.is("=")) && lower.ends_with("password");
    (hashed || named)
        && token.text.len() >= 4
        && !token.text.contains(char::is_whitespace)
        && !matches!(lower.as_str(), "hash" if token.text.starts_with("sha"))
        && matches!(
            classify(token.text, &ValueContext::default()),
            ValueClass::Real | ValueClass::Weak(_)
        )
}

/// Whether a program asks for its environment, or somebody.
fn asks(tokens: &[Token<'_>]) -> bool {
    tokens.iter().any(|token| {
        let lower = token.text.to_ascii_lowercase();
        match token.kind {
            Kind::Sign => false,
            Kind::Text => matches!(
                lower.as_str(),
                "production"
                    | "prod"
                    | "development"
                    | "dev"
                    | "test"
                    | "local"
                    | "localhost"
                    | "node_env"
                    | "app_env"
                    | "--force"
                    | "--yes"
                    | "readline"
                    | "inquirer"
                    | "prompts"
                    | "node:readline"
                    | "node:readline/promises"
            ),
            Kind::Template => lower.contains("node_env"),
            Kind::Word => [
                "env_",
                "_env",
                "environment",
                "isprod",
                "isdev",
                "production",
                "allow",
                "guard",
                "confirm",
                "prompt",
                "argv",
                "nodeenv",
                "appenv",
                "islocal",
                "assert",
            ]
            .iter()
            .any(|word| lower.contains(word)),
        }
    })
}

/// Whether what calls the seed asks first.
fn is_guarded_outside(cx: &Context<'_>) -> bool {
    let path = cx.path();
    let name = path.file_name();
    let scripts = cx.joined().scripts(cx.snapshot());
    let mut names: HashSet<String> = HashSet::from([name.to_owned()]);
    names.extend(name.rsplit_once('.').map(|(stem, _)| stem.to_owned()));
    let mut guarded = false;
    for text in scripts.all() {
        for command in &text.script.commands {
            let calls = command.words.iter().any(|word| {
                let last = word.text.rsplit('/').next().unwrap_or("");
                names.contains(last) || purpose_of(last) == Purpose::Seed
            });
            if !calls {
                continue;
            }
            if depends_on_environment(&text.script, command)
                || command.assigned("NODE_ENV").is_some()
            {
                guarded = true;
            } else if text.in_production() {
                return false;
            }
        }
    }
    guarded
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::{check, check_files};

    #[test]
    fn flags_seeds_that_would_do_it_to_production() {
        check(
            &RULE,
            "prisma/seed.ts",
            "
import { db } from './db';
// never in production
async function main() {
  await db.order.deleteMany();
                 ^^^^^^^^^^ [medium] empties a table
  await db.user.deleteMany({});
}
main();
",
        );
        check(
            &RULE,
            "scripts/seed-users.js",
            "
const hash = await bcrypt.hash('Harbour7-lantern', 12);
                                ^^^^^^^^^^^^^^^^ [medium] password stands in the source
await User.create({ email, hash });
",
        );
        check(
            &RULE,
            "db/seeds/01_users.js",
            "
await knex.raw('TRUNCATE users CASCADE');
                ^^^^^^^^^^^^^^^^^^^^^^ [medium] empties a table
",
        );
    }

    #[test]
    fn passes_guards_parts_and_other_programs() {
        for (path, text) in [
            (
                "prisma/seed.ts",
                "if (process.env.NODE_ENV === 'production') throw 1;\ndb.a.deleteMany();",
            ),
            ("prisma/seed.ts", "assertNotProduction();\ndb.a.deleteMany();"),
            ("prisma/seed.ts", "db.a.deleteMany({ where: { demo: true } });"),
            ("prisma/seed.ts", "await hash(process.env.SEED_PASSWORD, 12); db.user.create({});"),
            ("prisma/seed.ts", "// db.a.deleteMany();\ndb.role.upsert({});"),
            ("src/users.service.ts", "db.a.deleteMany();"),
            ("tests/seed.ts", "db.a.deleteMany();"),
            ("scripts/seed-dev.ts", "db.a.deleteMany();"),
            ("prisma/seed.ts", "const password = 'change-me'; db.user.create({ password });"),
        ] {
            check(&RULE, path, &format!("{text}\n"));
        }
        check_files(
            &RULE,
            r#"
//- prisma/seed.ts
db.a.deleteMany();
//- scripts/seed.sh
[ "$NODE_ENV" = production ] && exit 1
npx tsx prisma/seed.ts
"#,
        );
    }
}
