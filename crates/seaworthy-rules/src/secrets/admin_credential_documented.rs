//! `admin-credential-documented`

use std::ops::Range;

use seaworthy_analysis::names::split_words;
use seaworthy_analysis::roles::Role;
use seaworthy_analysis::values::{ValueClass, ValueContext, classify};
use seaworthy_analysis::{Check, Context, NativeRule, TextRule};
use seaworthy_model::{Group, Precision, Region, Rule, Severity, split_last};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "admin-credential-documented",
        group: Group::Secrets,
        summary: "e-mail address and password of a privileged account written out",
        help: include_str!("admin_credential_documented.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[798, 1392],
        ..Rule::DEFAULT
    },
    check: Check::Text(TextRule { paths, check }),
};

/// Texts for people, and the scripts that make accounts.
fn paths(path: &str) -> bool {
    let name = split_last(path, b'/').map_or(path, |(_, name)| name);
    let Some((_, extension)) = split_last(name, b'.') else { return false };
    match extension {
        "md" | "mdx" | "markdown" | "txt" | "rst" | "adoc" | "html" => true,
        "sh" | "bash" | "ps1" => true,
        "js" | "mjs" | "cjs" | "ts" | "mts" | "py" | "rb" | "php" | "sql" | "json" | "yml"
        | "yaml" => {
            let is_made_there = |part: &str| {
                part.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("seed"))
                    || part.eq_ignore_ascii_case("scripts")
                    || part.eq_ignore_ascii_case("docs")
            };
            path.split('/').any(is_made_there)
                || path.contains("create-admin")
                || path.contains("create_admin")
        }
        _ => false,
    }
}

/// The most accounts of one file.
const MOST: usize = 50;

/// The longest line that is read; a longer one was not written by hand.
const LONGEST_LINE: usize = 1_000;

/// How many lines after the address the password may stand.
const REACH: usize = 3;

/// An account that a text writes out.
struct Account {
    address: Range<usize>,
    password: Range<usize>,
    /// The account administers, by its own name or the words around it.
    admin: bool,
}

fn check(text: &str, cx: &mut Context<'_>) {
    if !text.contains('@') {
        return;
    }
    let accounts = accounts(text);
    if accounts.is_empty() {
        return;
    }
    let role = cx.role().role;
    if role == Role::Vendored {
        return;
    }
    for account in accounts {
        let address = &text[account.address.clone()];
        let domain = address.rsplit('@').next().unwrap_or("");
        let served = is_served(text, domain);
        let severity = match role {
            Role::Test => Severity::Low,
            _ if domain.ends_with(".local") => Severity::Low,
            _ if account.admin || served => Severity::High,
            _ => Severity::Low,
        };
        let path = cx.path().clone();
        let password = Region::new(account.password.start, account.password.end);
        let message = format!(
            "The password of {address} is written out. Whoever reads this signs in with all the \
             rights of the account, wherever it was made. Change the password, and tell people \
             where to get theirs instead; let a script read it from the environment."
        );
        cx.report(Region::new(account.address.start, account.address.end), message)
            .severity(severity)
            .sensitive(password)
            .related(&path, password, "its password")
            .evidence(address);
    }
}

/// Whether a text names a site of the domain.
fn is_served(text: &str, domain: &str) -> bool {
    text.match_indices("https://").take(200).any(|(at, _)| {
        let rest = &text[at + "https://".len()..];
        let end = rest.find(['/', ' ', '\n', ')', '"', '\'', '`', '>']).unwrap_or(rest.len());
        let host = rest[..end].split(':').next().unwrap_or("");
        host == domain || host.strip_suffix(domain).is_some_and(|sub| sub.ends_with('.'))
    })
}

fn accounts(text: &str) -> Vec<Account> {
    let mut found: Vec<Account> = Vec::new();
    let mut lines: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        lines.push(start..start + line.trim_end().len());
        start += line.len();
    }
    for (index, line) in lines.iter().enumerate() {
        if line.len() > LONGEST_LINE || found.len() >= MOST || !text[line.clone()].contains('@') {
            continue;
        }
        let addresses = addresses(text, line.clone());
        for (number, address) in addresses.iter().enumerate() {
            let next = addresses.get(number + 1).map_or(line.end, |next| next.start);
            let Some((password, at)) = password(text, address, next, &lines, index) else {
                continue;
            };
            let Some(admin) = privilege(text, address, &lines, index, at) else { continue };
            found.push(Account { address: address.clone(), password, admin });
        }
    }
    found
}

/// The e-mail addresses of a line that are somebody's.
fn addresses(text: &str, line: Range<usize>) -> Vec<Range<usize>> {
    let part =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (step, _) in text[line.clone()].match_indices('@').take(20) {
        let at = line.start + step;
        let local = bytes[line.start..at].iter().rev().take_while(|byte| part(byte)).count();
        let domain = bytes[at + 1..line.end].iter().take_while(|byte| part(byte)).count();
        let domain = text[at + 1..at + 1 + domain].trim_end_matches(['.', '-', '_']);
        // The password of a URL stands there, too, and the address of a list in its path.
        let before = &bytes[..at - local];
        let in_url = (before.ends_with(b":") && !before.ends_with(b" :") || before.ends_with(b"/"))
            && text[line.start..at].contains("://");
        let host = &text[at - local..at] == "git";
        if local > 0 && !in_url && !host && is_somebodys(domain) {
            found.push(at - local..at + 1 + domain.len());
        }
    }
    found
}

/// Whether a domain could be in use: not one that is reserved for examples.
fn is_somebodys(domain: &str) -> bool {
    let lower = domain.to_ascii_lowercase();
    let Some((name, top)) = lower.rsplit_once('.') else { return false };
    let label = name.rsplit('.').next().unwrap_or(name);
    (2..=24).contains(&top.len())
        && top.bytes().all(|byte| byte.is_ascii_lowercase())
        && !matches!(top, "test" | "example" | "invalid" | "localhost")
        && !matches!(
            label,
            "example"
                | "test"
                | "email"
                | "domain"
                | "yourdomain"
                | "your-domain"
                | "mydomain"
                | "yourcompany"
                | "company"
                | "exemple"
                | "sample"
                | "site"
                | "yoursite"
                | "mail"
        )
        && label.len() > 1
        && !label.contains("example")
}

const LABELS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "mot de passe",
    "contraseña",
    "passwort",
    "kennwort",
    "senha",
    "hash",
    "hashsync",
    "hash_password",
    "make_password",
    "hashpassword",
    "pass",
    "mdp",
];

/// The password that belongs to an address: on its line, or labelled on one of the
/// next. With the number of its line.
fn password(
    text: &str,
    address: &Range<usize>,
    next: usize,
    lines: &[Range<usize>],
    index: usize,
) -> Option<(Range<usize>, usize)> {
    let same = address.end..next;
    if let Some(found) = labelled(text, same.clone()).or_else(|| beside(text, same)) {
        return Some((found, index));
    }
    for (number, line) in lines.iter().enumerate().skip(index + 1).take(REACH) {
        if line.len() > LONGEST_LINE
            || text[line.clone()].contains('@')
                && !text[line.clone()].to_ascii_lowercase().contains("pass")
        {
            return None;
        }
        if let Some(found) = labelled(text, line.clone()) {
            return Some((found, number));
        }
    }
    None
}

/// `Password: value`, `password = "value"`, `hash('value')`.
fn labelled(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let lower = text[range.clone()].to_lowercase();
    if lower.len() != range.len() {
        return None;
    }
    for label in LABELS {
        for (step, _) in lower.match_indices(label).take(5) {
            let after = range.start + step + label.len();
            let before = lower.as_bytes()[..step].last().copied().unwrap_or(b' ');
            if before.is_ascii_alphabetic() && !label.starts_with("pass") {
                continue;
            }
            let rest = &text[after..range.end];
            let closed = rest.trim_start_matches(['*', '_', '"', '\'', '`', ' ', ')']);
            let called = label.starts_with("hash") || label.starts_with("make");
            let separators: &[char] = if called { &['('] } else { &[':', '=', '|'] };
            let Some(value) = closed.strip_prefix(separators) else { continue };
            let value =
                value.trim_start_matches(['*', '_', ' ', '\t', '`', '"', '\'', '>', '|', '=']);
            if let Some(found) = judged(text, range.end - offset(rest, value)..range.end) {
                return Some(found);
            }
        }
    }
    None
}

/// How many bytes are left of `text` where its part `inner` begins.
fn offset(text: &str, inner: &str) -> usize {
    text.len() - (inner.as_ptr() as usize - text.as_ptr() as usize)
}

/// `address / value`, `address | value`, `address:value`.
fn beside(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[range.clone()];
    let closed = rest.trim_start_matches(['`', '*', '"', '\'', ' ', ')']);
    let value = closed.strip_prefix(['/', '|', ':'])?;
    let value = value.trim_start_matches([' ', '\t', '`', '*', '"', '\'']);
    judged(text, range.end - offset(rest, value)..range.end)
}

/// The word at the beginning of the range, if it is a password that somebody uses.
fn judged(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let rest = &text[range.clone()];
    let end = rest.find([' ', '\t', '`', '"', '\'', ',', '|', '<', ')', ';']).unwrap_or(rest.len());
    let value = rest[..end].trim_end_matches(['.', '*', '}', ']']);
    let bytes = value.as_bytes();
    // In a program a bare `password` is a variable.
    let before = range.start.checked_sub(1).map_or(b' ', |before| text.as_bytes()[before]);
    let quoted = matches!(before, b'"' | b'\'' | b'`');
    let typed = bytes.iter().any(u8::is_ascii_digit)
        || bytes.iter().any(|byte| b"!@#$%^&*?+".contains(byte))
        || (value == "password" && quoted)
        || matches!(value, "admin" | "secret" | "letmein" | "qwerty");
    let placed = value.contains("://") || value.contains('@') && value.contains('.');
    let context = ValueContext { key: "ADMIN_PASSWORD", ..ValueContext::default() };
    let opens = matches!(classify(value, &context), ValueClass::Real | ValueClass::Weak(_));
    let path = value.contains('/') && value.contains('.');
    let code =
        value.contains(['(', '{', '[', '$', '<']) && !value.contains(|c: char| c.is_ascii_digit());
    ((5..=64).contains(&value.len()) && typed && !placed && !path && !code && opens)
        .then(|| range.start..range.start + value.len())
}

/// Whether the account is privileged, and if so, whether it administers.
fn privilege(
    text: &str,
    address: &Range<usize>,
    lines: &[Range<usize>],
    index: usize,
    last: usize,
) -> Option<bool> {
    let local = text[address.clone()].split('@').next().unwrap_or("");
    let own = words(local);
    // What stands above belongs to it unless it is about another account.
    let above = (1..=2)
        .map_while(|back| lines.get(index.checked_sub(back)?))
        .take_while(|line| !text[(*line).clone()].contains('@'))
        .last()
        .map_or(lines[index].start, |line| line.start);
    let below = lines.get(last + 1).filter(|line| !text[(*line).clone()].contains('@'));
    let end = below.map_or(lines[last].end, |line| line.end);
    let around = text.get(above..end.min(above + 2 * LONGEST_LINE)).unwrap_or("");
    let before = &around[..(address.start - above).min(around.len())];
    let after = around.get(address.end - above..).unwrap_or("");
    let near: Vec<String> = words(before).into_iter().chain(words(after)).collect();
    let is = |list: &[String], set: &[&str]| list.iter().any(|word| set.contains(&word.as_str()));
    const ADMINS: &[&str] = &[
        "admin",
        "admins",
        "administrator",
        "administrateur",
        "superadmin",
        "superuser",
        "root",
        "sysadmin",
    ];
    const PRIVILEGED: &[&str] = &["owner", "manager", "staff", "moderator", "support", "operator"];
    if is(&own, ADMINS) {
        return Some(true);
    }
    if is(&own, &["user", "customer", "client", "member", "guest"]) {
        return None;
    }
    if is(&near, ADMINS) {
        return Some(true);
    }
    (is(&own, PRIVILEGED) || is(&near, PRIVILEGED)).then_some(false)
}

/// The words of a text, small.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .take(200)
        .flat_map(split_words)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_accounts_in_texts() {
        check(
            &RULE,
            "docs/staging.md",
            "
Sign in at https://app.harbour-lights.io:

- admin@harbour-lights.io / Tr7-weLk-92Qz
  ^^^^^^^^^^^^^^^^^^^^^^^ [high] The password of admin@harbour-lights.io is written out
                            ~~~~~~~~~~~~~ its password

**Email:** `root@kestrel-freight.io`
            ^^^^^^^^^^^^^^^^^^^^^^^ [high] root@kestrel-freight.io
**Password:** `Kestrel2024!`

| Role | E-mail | Password |
|------|--------|----------|
| Super admin | mira@kestrel-freight.io | `Harbour#81` |
                ^^^^^^^^^^^^^^^^^^^^^^^ [high] mira@kestrel-freight.io
| Manager | jo@kestrel-freight.io | `Harbour#82` |
            ^^^^^^^^^^^^^^^^^^^^^ [low] jo@kestrel-freight.io
",
        );
    }

    #[test]
    fn flags_accounts_that_scripts_make() {
        check(
            &RULE,
            "prisma/seed.ts",
            "
await prisma.user.create({
  data: {
    email: 'admin@kestrel-freight.io',
            ^^^^^^^^^^^^^^^^^^^^^^^^ [high] is written out
    password: await bcrypt.hash('Kestrel2024!', 12),
    role: 'ADMIN',
  },
});
",
        );
        check(
            &RULE,
            "scripts/create-admin.sh",
            "
ADMIN_EMAIL=\"ops@kestrel-freight.io\"
             ^^^^^^^^^^^^^^^^^^^^^^ [high] ops@kestrel-freight.io
ADMIN_PASSWORD=\"Kestrel2024!\"
",
        );
        check(
            &RULE,
            "e2e/seeds/users.ts",
            "
{ email: 'admin@kestrel-freight.io', password: 'Kestrel2024!' }
          ^^^^^^^^^^^^^^^^^^^^^^^^ [low] is written out
",
        );
    }

    #[test]
    fn passes_examples_and_placeholders() {
        check(
            &RULE,
            "README.md",
            "
- admin@example.com / <password>
- admin@example.com / Kestrel2024!
- admin@kestrel-freight.io / your-password
- admin@kestrel-freight.io / <from the vault>
- admin@kestrel-freight.io: see the vault
Write to admin@kestrel-freight.io if your password: field is empty.
Admin password reset: admin@kestrel-freight.io

postgres://admin:pw12345@db.kestrel-freight.io/app
user@kestrel-freight.io / Kestrel2024!
Email: mira@kestrel-freight.io
Password: Kestrel2024!
git@github.com:kestrel/admin-2024.git
<https://mail.kestrel-freight.io/list/admin@kestrel-freight.io/message/G2PNHRR32JMFD3JR7/>
",
        );
        check(
            &RULE,
            "prisma/seed.ts",
            "
const email = 'admin@kestrel-freight.io';
const password = process.env.ADMIN_PASSWORD;
const hashed = await bcrypt.hash(password, 12);
",
        );
        check(
            &RULE,
            "src/users.ts",
            "{ email: 'admin@kestrel-freight.io', password: 'Kestrel2024!' }\n",
        );
        check(&RULE, "docs/x.md", "é@é admin@ @kestrel.io / İpassword: a@b.co|");
    }
}
