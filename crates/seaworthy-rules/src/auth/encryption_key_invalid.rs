//! `encryption-key-invalid`

use seaworthy_analysis::joined::{Definition, DefinitionSource, Standing, Written};
use seaworthy_analysis::names::{is_encryption_key_name, split_words};
use seaworthy_analysis::values::{ValueClass, Weakness};
use seaworthy_analysis::{Check, Context, NativeRule};
use seaworthy_model::{Group, Precision, Rule, Severity};

pub(crate) static RULE: NativeRule = NativeRule {
    rule: Rule {
        id: "encryption-key-invalid",
        group: Group::Auth,
        summary: "encryption key is not of a size that a cipher takes",
        help: include_str!("encryption_key_invalid.md"),
        severity: Severity::High,
        precision: Precision::Medium,
        cwe: &[326, 1391],
        ..Rule::DEFAULT
    },
    check: Check::Repository(check),
};

fn check(cx: &mut Context<'_>) {
    for definition in cx.joined().definitions() {
        let severity = match definition.standing {
            Standing::Production | Standing::Deployable => Severity::High,
            Standing::Development => Severity::Low,
            _ => continue,
        };
        if definition.overridden
            || definition.source == DefinitionSource::Vercel
            || !is_judged(&definition.name)
        {
            continue;
        }
        let Some(fault) = fault(definition) else { continue };
        cx.report_in(
            &definition.artifact,
            definition.value_region,
            format!(
                "{} {fault}. AES-256 takes 32 random bytes: 64 hexadecimal digits or 44 \
                 characters of base64, as `openssl rand -base64 32` makes them.",
                definition.name,
            ),
        )
        .severity(severity)
        .sensitive(definition.value_region)
        .evidence(definition.evidence());
    }
}

/// Whether the name is for the key itself. A passphrase, from which a key is
/// derived, may have any length; so may n8n's key.
fn is_judged(name: &str) -> bool {
    let words = split_words(name);
    let has = |word: &str| words.iter().any(|other| other == word);
    let key = has("key") && (is_encryption_key_name(name) || matches!(name, "APP_KEY"));
    key && !has("private") && !has("public") && !has("n")
}

/// What is wrong with the key, to follow its name.
fn fault(definition: &Definition) -> Option<String> {
    let value = definition.value.reveal().trim();
    match definition.class {
        // Adonis and others take any text as their application key.
        _ if definition.name == "APP_KEY" && !value.starts_with("base64:") => None,
        ValueClass::Weak(Weakness::Short) | ValueClass::Real => {
            let invalid = value.split(',').find_map(|key| wrong_size(key.trim()))?;
            Some(invalid)
        }
        // A word as a default in a Compose file is `compose-default-secret`'s,
        // and goes with the default.
        ValueClass::Weak(_) if matches!(definition.written, Written::Default { .. }) => None,
        ValueClass::Weak(weakness) => Some(format!("{}: it is no random key", weakness.reason())),
        _ => None,
    }
}

/// How the key's size is wrong; `None` when some usual reading gives a size that
/// a cipher takes.
fn wrong_size(key: &str) -> Option<String> {
    if key.starts_with("-----BEGIN") || key.starts_with("AGE-SECRET-KEY-1") {
        return None;
    }
    // `base64:…`, `v1:…`, `k1.aesgcm256.…`: the key is the last part.
    let body = key.rsplit([':', '.']).next().unwrap_or(key);
    if let Some(encoded) = key.strip_prefix("base64:") {
        let length = decoded_length(encoded)?;
        let fits = matches!(length, 16 | 32 | 48 | 64);
        return (!fits).then(|| format!("decodes to {length} bytes"));
    }
    if [key, body].into_iter().any(has_size) {
        return None;
    }
    let hex = body.len().is_multiple_of(2) && body.bytes().all(|byte| byte.is_ascii_hexdigit());
    Some(match decoded_length(body) {
        _ if hex => format!("decodes to {} bytes", body.len() / 2),
        Some(length) if body.ends_with('=') || key != body => format!("decodes to {length} bytes"),
        _ => format!("is {} bytes of text", key.len()),
    })
}

fn has_size(key: &str) -> bool {
    let hex = key.bytes().all(|byte| byte.is_ascii_hexdigit());
    // As text, in hexadecimal, in base64. A text of 16 or 24 bytes is rather a
    // key cut short than one for AES-128.
    key.len() == 32
        || (hex && matches!(key.len(), 48 | 64 | 96 | 128))
        || matches!(decoded_length(key), Some(32 | 48 | 64))
        || (key.ends_with('=') && matches!(decoded_length(key), Some(16 | 24)))
}

/// How many bytes base64 of either alphabet holds.
fn decoded_length(text: &str) -> Option<usize> {
    let body = text.trim_end_matches('=');
    let alphabet = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte));
    (alphabet && body.len() % 4 != 1).then(|| body.len() * 3 / 4)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use seaworthy_testkit::check;

    #[test]
    fn flags_keys_that_no_cipher_takes() {
        check(
            &RULE,
            ".env",
            "
ENCRYPTION_KEY=Zk3vQ9pLx7wRt2mBn5cY
               ^^^^^^^^^^^^^^^^^^^^ [high] ENCRYPTION_KEY is 20 bytes of text
AES_KEY=9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c9f3a1c7e
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] decodes to 20 bytes
DATA_ENCRYPTION_KEY=base64:Zk3vQ9pLx7wRt2mBn5cYd8sFgHj4KqXe
                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] decodes to 24 bytes
FIELD_ENCRYPTION_KEY=mysecretencryptionkey12345678901
                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ [high] it is no random key
",
        );
        check(
            &RULE,
            "docker-compose.yml",
            "
services:
  api:
    image: api
    environment:
      AES_KEY: ${AES_KEY:-secret}
      ENCRYPTION_KEY: ${ENCRYPTION_KEY:-Zk3vQ9pLx7wRt2mBn5cY}
                                        ^^^^^^^^^^^^^^^^^^^^ [high] is 20 bytes of text
",
        );
    }

    #[test]
    fn passes_keys_of_32_bytes_in_every_usual_writing() {
        check(
            &RULE,
            ".env.production",
            "
ENCRYPTION_KEY=q8Zt4nV0xW7rLk2mPb5sYd9eHc3uGa6f
AES_KEY=9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c1b4d7e90c3f68a25d1e7b9406c8f3a5d
DATA_ENCRYPTION_KEY=Zk3+vQ9/pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M=
TOKEN_ENCRYPTION_KEY=Zk3-vQ9_pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M
APP_KEY=base64:Zk3+vQ9/pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M=
CLOAK_ENCRYPTION_KEY=k1.aesgcm256.Zk3-vQ9_pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M=
",
        );
    }

    #[test]
    fn passes_placeholders_references_passphrases_and_other_keys() {
        check(
            &RULE,
            ".env",
            "
ENCRYPTION_KEY=your-64-hex-character-key-here
AES_KEY=${AES_KEY}
CIPHER_KEY=
ENCRYPTION_KEY_ID=key-7
ENCRYPTION_PASSPHRASE=Zk3vQ9pLx7wRt2mBn5cY
N8N_ENCRYPTION_KEY=Zk3vQ9pLx7wRt2mBn5cYd8sF
APP_KEY=Zk3vQ9pLx7wRt2mBn5cYd8sF
STRIPE_KEY=Zk3vQ9pLx7wRt2mBn5cY
",
        );
        check(&RULE, ".env.example", "ENCRYPTION_KEY=Zk3vQ9pLx7wRt2mBn5cY\n");
    }
}
