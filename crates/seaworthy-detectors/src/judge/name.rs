//! What the name that a value is assigned to promises.

use seaworthy_analysis::names::{SecretKind, is_public_by_design, secret_kind, split_words};

/// What a name promises of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Promise {
    /// A text about a secret, a name of one, a place of one; or a public value.
    Other,
    /// Somebody plays: `testPassword`, `INVALID_TOKEN`.
    Play,
    /// A word for a secret, but not as what the name is of.
    Vague,
    /// A token, a salt, credentials: some of them are no secrets.
    Fair,
    /// A key or secret, which machines make.
    Key,
    /// A password, which people may have made.
    Password,
}

/// Last words of names whose values describe a secret, name one or stand around
/// one.
const LABELS: &[&str] = &[
    "action",
    "algorithm",
    "alias",
    "alg",
    "annotation",
    "arg",
    "argument",
    "attr",
    "attribute",
    "audience",
    "class",
    "classname",
    "code",
    "color",
    "column",
    "command",
    "comment",
    "confirm",
    "confirmation",
    "constraint",
    "cookie",
    "count",
    "created",
    "dialog",
    "desc",
    "description",
    "digest",
    "dir",
    "directory",
    "doc",
    "endpoint",
    "enum",
    "env",
    "error",
    "errors",
    "event",
    "exception",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "feature",
    "field",
    "fieldname",
    "file",
    "filename",
    "fingerprint",
    "flag",
    "form",
    "format",
    "generator",
    "grant",
    "group",
    "handler",
    "hash",
    "header",
    "help",
    "hint",
    "href",
    "icon",
    "id",
    "identifier",
    "ids",
    "image",
    "input",
    "issuer",
    "kind",
    "label",
    "length",
    "level",
    "limit",
    "link",
    "list",
    "location",
    "lookup",
    "message",
    "method",
    "mode",
    "model",
    "msg",
    "name",
    "names",
    "option",
    "options",
    "page",
    "param",
    "parameter",
    "params",
    "path",
    "pattern",
    "permission",
    "placeholder",
    "policy",
    "prefix",
    "prompt",
    "property",
    "provider",
    "query",
    "question",
    "ref",
    "reference",
    "regex",
    "regexp",
    "region",
    "required",
    "requirement",
    "role",
    "route",
    "rule",
    "schema",
    "scope",
    "script",
    "section",
    "selector",
    "setting",
    "size",
    "source",
    "spec",
    "state",
    "status",
    "step",
    "store",
    "strategy",
    "strength",
    "style",
    "subject",
    "suffix",
    "symbol",
    "tag",
    "target",
    "template",
    "text",
    "thumbprint",
    "tip",
    "title",
    "tooltip",
    "topic",
    "type",
    "typename",
    "types",
    "uri",
    "url",
    "usage",
    "user",
    "username",
    "validation",
    "validator",
    "variable",
    "version",
    "view",
    "warning",
    "widget",
    "word",
    "words",
    "integrity",
    "checksum",
    "etag",
    "sha",
    "sha1",
    "sha256",
    "commit",
    "revision",
    "cid",
    "uuid",
    "guid",
    "nonce",
    "public",
];

/// First words of names of functions that look a secret up or do something
/// about one, rather than take it.
const VERBS: &[&str] = &[
    "add", "append", "assert", "build", "change", "check", "clear", "compare", "confirm", "copy",
    "create", "decode", "decrypt", "delete", "derive", "encode", "encrypt", "expect", "fetch",
    "find", "forget", "forgot", "format", "generate", "get", "handle", "has", "hash", "hide", "is",
    "list", "load", "lookup", "make", "mask", "missing", "need", "needs", "on", "parse", "print",
    "prompt", "read", "register", "remove", "render", "request", "require", "reset", "resolve",
    "revoke", "rotate", "save", "show", "strip", "to", "toggle", "try", "update", "validate",
    "verify", "wait",
];

/// Words that make a play of the value.
const PLAY: &[&str] = &[
    "bad",
    "bogus",
    "dummy",
    "example",
    "expected",
    "fake",
    "fixture",
    "foo",
    "garbage",
    "incorrect",
    "invalid",
    "malformed",
    "mock",
    "mocked",
    "sample",
    "stub",
    "test",
    "tests",
    "testing",
    "unknown",
    "wrong",
    "expired",
    "demo",
    "placeholder",
    "known",
    "unauthorized",
];

/// Words of names whose values pages and protocols hand to everybody.
const OPEN: &[&str] = &[
    "csrf",
    "xsrf",
    "captcha",
    "recaptcha",
    "hcaptcha",
    "turnstile",
    "nonce",
    "vector",
    "vectors",
    "pagination",
    "cursor",
    "verification",
    "cloudflareinsights",
    "beacon",
    "device",
    "push",
    "challenge",
    "continuation",
    "next",
    "etag",
    "commit",
    "checksum",
    "md",
    "sri",
    "analytics",
    "thumbprint",
    "assembly",
    "secure",
    "sitekey",
];

/// What the name promises.
pub(super) fn promise(name: &str) -> Promise {
    let words = split_words(name);
    let has = |table: &[&str]| words.iter().any(|word| table.contains(&word.as_str()));
    let Some((last, before)) = words.split_last() else { return Promise::Vague };
    let is = |word: &String, table: &[&str]| table.contains(&word.as_str());
    // `ClearTextPassword` clears nothing.
    let clear = words[0] == "clear" && words.get(1).is_some_and(|word| word == "text");
    // `encryptKey`, `verify_secret` are things, not deeds.
    let thing = words.len() == 2
        && matches!(last.as_str(), "key" | "secret")
        && matches!(words[0].as_str(), "encrypt" | "decrypt" | "hash" | "verify");
    if is(last, LABELS)
        || (!before.is_empty()
            && !thing
            && !clear
            && words.first().is_some_and(|first| is(first, VERBS)))
        || is_public_by_design(name)
    {
        return Promise::Other;
    }
    if has(PLAY) {
        return Promise::Play;
    }
    // `withPassword("…")`, `use_token("…")`: the rest is the name.
    let setter = matches!(words[0].as_str(), "with" | "use" | "new" | "random");
    let kind = if setter { secret_kind(&before_setter(&words)) } else { secret_kind(name) };
    // Django's has no separators: `csrfmiddlewaretoken`.
    let open = has(OPEN) || ["csrf", "xsrf"].iter().any(|word| words[0].starts_with(word));
    match kind {
        // `CSRF_SECRET` is one, a `csrf_token` every page has.
        None | Some(SecretKind::Token | SecretKind::Salt) if open => Promise::Vague,
        Some(kind) if kind.is_password() => Promise::Password,
        Some(SecretKind::Token | SecretKind::Salt) => Promise::Fair,
        Some(_) => Promise::Key,
        None => joined(last),
    }
}

/// What a word promises that ends with the noun of a secret: `rootpw`,
/// `bindpasswd`, `myapikey`.
fn joined(word: &str) -> Promise {
    let ends = |tails: &[&str]| tails.iter().any(|tail| word.ends_with(tail));
    if ends(&[
        "password",
        "passwd",
        "passwort",
        "passphrase",
        "passcode",
        "requirepass",
        "masterauth",
    ]) || (word.len() >= 4 && ends(&["pw", "pwd"]))
    {
        Promise::Password
    } else if ends(&[
        "secret",
        "apikey",
        "authorization",
        "bearer",
        "secretkey",
        "accountkey",
        "accesskey",
    ]) {
        Promise::Key
    } else if ends(&["token", "credential", "credentials"]) {
        Promise::Fair
    } else {
        Promise::Vague
    }
}

/// Whether the name is of a value that pages and protocols hand to everybody.
pub(super) fn is_open(name: &str) -> bool {
    split_words(name).iter().any(|word| OPEN.contains(&word.as_str()))
}

/// The name without its first word.
fn before_setter(words: &[String]) -> String {
    words[1..].join("_")
}

/// Whether some word of the name speaks of hashes, ids or public things, whose
/// hexadecimal values are no secrets.
pub(super) fn speaks_of_hash(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "hash",
        "hashed",
        "hashes",
        "sha",
        "sha1",
        "sha256",
        "md",
        "md5",
        "digest",
        "checksum",
        "etag",
        "integrity",
        "commit",
        "revision",
        "rev",
        "fingerprint",
        "thumbprint",
        "id",
        "uuid",
        "guid",
        "public",
        "pub",
        "pubkey",
        "address",
        "contract",
        "tx",
        "block",
        "signature",
        "sig",
        "mac",
    ];
    split_words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{Promise::*, *};

    #[test]
    fn names_promise_by_their_nouns() {
        let cases = [
            ("password", Password),
            ("db.password", Password),
            ("SMTP_PASS", Password),
            ("withPassword", Password),
            ("setPassword", Password),
            ("JWT_SECRET", Key),
            ("apiKey", Key),
            ("setApiKey", Key),
            ("cookieValidationKey", Key),
            ("Authorization", Key),
            ("slackToken", Fair),
            ("salt", Fair),
            ("csrf_token", Vague),
            ("CSRF_SECRET", Key),
            ("rootpw", Password),
            ("myapikey", Key),
            ("passwords", Vague),
            ("testPassword", Play),
            ("INVALID_TOKEN", Play),
            ("passwordLabel", Other),
            ("tokenUrl", Other),
            ("secretName", Other),
            ("getToken", Other),
            ("resetPassword", Other),
            ("PASSWORD_HASH", Other),
            ("NEXT_PUBLIC_SUPABASE_ANON_KEY", Other),
            ("", Vague),
        ];
        for (name, want) in cases {
            assert_eq!(promise(name), want, "{name}");
        }
    }
}
