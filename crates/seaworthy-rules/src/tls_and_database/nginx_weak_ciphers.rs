//! `nginx-weak-ciphers`

use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_formats::nginx::Word;
use seaworthy_model::{Group, Precision, Region, Rule, Severity};

use super::files::nginx_files;

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "nginx-weak-ciphers",
        group: Group::TlsAndDatabase,
        summary: "cipher that is broken or protects nothing",
        help: include_str!("nginx_weak_ciphers.md"),
        severity: Severity::Medium,
        precision: Precision::High,
        cwe: &[327],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for (artifact, file) in nginx_files(cx) {
        for (_, directive) in file.all().filter(|(_, directive)| directive.is("ssl_ciphers")) {
            let [list] = directive.args.as_slice() else { continue };
            if list.has_variable() {
                continue;
            }
            let weak = weak(&list.value);
            for (region, kind) in &weak {
                let message = format!(
                    "This list of ciphers allows {}. Take it out, or exclude it with `!{}`.",
                    kind.fault(),
                    kind.name()
                );
                cx.report_in(artifact.path(), part(list, *region), message).evidence(kind.name());
            }
            if weak.is_empty() && is_old_default(&list.value) {
                cx.report_in(
                    artifact.path(),
                    list.region,
                    "This is nginx's own old list: it keeps ciphers without forward secrecy, so \
                     that who gets the key can read all that was recorded. Name ciphers with ECDHE \
                     and AEAD only.",
                )
                .severity(Severity::Low)
                .evidence("default");
            }
        }
    }
}

/// The bytes of a part of a word; all of it where escapes hide the part.
fn part(word: &Word, part: Region) -> Region {
    match word.region.len() == word.value.len() {
        true => part.offset(word.region.start),
        false => word.region,
    }
}

/// A family of ciphers that nobody should use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weak {
    Rc4,
    Des,
    TripleDes,
    Md5,
    Null,
    Export,
    Anonymous,
}

impl Weak {
    fn name(self) -> &'static str {
        match self {
            Weak::Rc4 => "RC4",
            Weak::Des => "DES",
            Weak::TripleDes => "3DES",
            Weak::Md5 => "MD5",
            Weak::Null => "eNULL",
            Weak::Export => "EXPORT",
            Weak::Anonymous => "aNULL",
        }
    }

    fn fault(self) -> &'static str {
        match self {
            Weak::Rc4 => "RC4, whose output gives away what is encrypted",
            Weak::Des => "DES, whose keys are found in hours",
            Weak::TripleDes => "3DES, whose small blocks leak in long connections",
            Weak::Md5 => "MD5, which no longer proves that nothing was changed",
            Weak::Null => "connections without any encryption",
            Weak::Export => "ciphers that were made weak for export",
            Weak::Anonymous => "connections to whoever answers, without a certificate",
        }
    }

    /// What a word of the list names; a part of a suite's name or a family.
    fn of(word: &str) -> Option<Self> {
        let upper = word.to_ascii_uppercase();
        let mut parts = upper.split(['-', '+', '_']);
        let has = |name: &str| upper.split(['-', '+', '_']).any(|part| part == name);
        if has("NULL") || has("ENULL") {
            return Some(Weak::Null);
        }
        if has("ANULL") || has("ADH") || has("AECDH") {
            return Some(Weak::Anonymous);
        }
        if parts.any(|part| part.starts_with("EXP")) {
            return Some(Weak::Export);
        }
        if has("RC4") {
            return Some(Weak::Rc4);
        }
        if has("3DES") || has("CBC3") {
            return Some(Weak::TripleDes);
        }
        if has("DES") {
            return Some(Weak::Des);
        }
        has("MD5").then_some(Weak::Md5)
    }
}

/// The words that allow something weak which nothing in the list excludes, with
/// their bytes.
fn weak(list: &str) -> Vec<(Region, Weak)> {
    let mut allowed = Vec::new();
    let mut excluded = Vec::new();
    let mut start = 0;
    for word in list.split([':', ',', ' ']) {
        let at = start;
        start += word.len() + 1;
        if let Some(name) = word.strip_prefix(['!', '-']) {
            excluded.extend(Weak::of(name));
            continue;
        }
        // A plus in front only moves what is there already.
        if word.starts_with(['+', '@']) {
            continue;
        }
        if let Some(kind) = Weak::of(word) {
            allowed.push((Region::new(at, at + word.len()), kind));
        }
    }
    allowed.retain(|(_, kind)| !excluded.contains(kind));
    allowed
}

/// `HIGH:!aNULL:!MD5` and no more.
fn is_old_default(list: &str) -> bool {
    let mut words: Vec<&str> =
        list.split([':', ',', ' ']).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    words == ["!MD5", "!aNULL", "HIGH"]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    fn with(list: &str, marks: &str) -> String {
        format!("\nserver {{\n  listen 443 ssl;\n  ssl_ciphers\n{list};\n{marks}}}\n")
    }

    #[test]
    fn flags_each_family() {
        for (list, marks) in [
            ("RC4-SHA:HIGH", "^^^^^^^ [medium] RC4\n"),
            ("'HIGH:DES-CBC3-SHA'", "      ^^^^^^^^^^^^ [medium] 3DES\n"),
            ("HIGH:3DES:!DES", "     ^^^^ [medium] 3DES\n"),
            (
                "\"ECDHE-RSA-AES128-GCM-SHA256 NULL\"",
                "                             ^^^^ [medium] without any encryption\n",
            ),
            ("EXPORT40:HIGH", "^^^^^^^^ [medium] for export\n"),
            ("HIGH:aNULL", "     ^^^^^ [medium] whoever answers\n"),
            ("RSA+MD5", "^^^^^^^ [medium] MD5\n"),
            ("HIGH:!aNULL:!MD5", "^^^^^^^^^^^^^^^^ [low] forward secrecy\n"),
        ] {
            check(&RULE, "nginx.conf", &with(list, marks));
        }
    }

    #[test]
    fn passes_what_is_excluded_or_strong() {
        for list in [
            "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
            "HIGH:!aNULL:!eNULL:!EXPORT:!DES:!MD5:!PSK:!RC4",
            "EECDH+AESGCM:EDH+AESGCM",
            "RC4:HIGH:!RC4",
            "HIGH:-3DES:+RC4",
            "PROFILE=SYSTEM",
            "$ciphers",
        ] {
            check(&RULE, "nginx.conf", &with(list, ""));
        }
    }
}
