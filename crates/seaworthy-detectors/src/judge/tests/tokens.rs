//! Tokens, JWTs, keys and hashes.

use super::*;

static SURE: Kind = kind(Family::Token, Severity::Critical, Precision::VeryHigh);
static HIGH: Kind = kind(Family::Token, Severity::Critical, Precision::High);
static FAIR: Kind = kind(Family::Token, Severity::High, Precision::Medium);
static JWT: Kind = kind(Family::Jwt, Severity::Medium, Precision::High);
static HASH: Kind = kind(Family::PasswordHash, Severity::High, Precision::High);
static KEY: Kind = kind(Family::PrivateKey, Severity::Critical, Precision::High);

fn of(kind: &'static Kind, value: &str, path: &str) -> Option<Verdict> {
    let candidate = Candidate::new(kind, Region::new(0, value.len()), value);
    verdict(&candidate, value, path)
}

#[test]
fn tokens_are_judged_by_their_bodies() {
    let live = concat!("sk_li", "ve_q7Zr2mVx9KpLw4TnB8sDk3Jf");
    let cases: &[(&'static Kind, &str, &str, &str)] = &[
        (&SURE, concat!("gh", "p_q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo"), "src/a.ts", "very-high"),
        (&HIGH, live, "src/a.ts", "high"),
        (&HIGH, live, "docs/a.md", "medium"),
        (&HIGH, live, "tests/a.py", "medium"),
        (&HIGH, live, "dist/bundle.js", "medium"),
        (&FAIR, live, "src/a.ts", "medium"),
        (&FAIR, live, "tests/a.py", "medium"),
        (&FAIR, live, "dist/bundle.js", "none"),
        (&HIGH, live, "rules/gitleaks.toml", "low"),
        (&HIGH, "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", "src/a.ts", "none"),
        (&HIGH, "sk_live_1234567890abcdefghijklmn", "src/a.ts", "none"),
        (&HIGH, "sk_live_abcdefghijklmnopqrstuvwx", "src/a.ts", "none"),
        (&HIGH, "sk_live_your_stripe_secret_key_1", "src/a.ts", "none"),
        (&HIGH, "ghp_thisIsAFakeTokenForTheTests0000001", "src/a.ts", "none"),
        (&HIGH, "ghp_0000000000000000000000000000000000", "src/a.ts", "none"),
        (&HIGH, "key-change-this-in-production", "src/a.ts", "none"),
        (&HIGH, "sk_live_<your-key>_q7Zr2mVx9KpLw4TnB8", "src/a.ts", "none"),
        (&HIGH, "sk_live_q7Zr2mVx9KpLw4TnB8${SUFFIX}", "src/a.ts", "none"),
        (&HIGH, "sk_live_{}q7Zr2mVx9KpLw4TnB8", "src/a.ts", "none"),
        (&HIGH, "q7Zr2<mV}x9#K>pLw4{TnB8(s9Dk3", "src/a.ts", "high"),
        (&HIGH, "key-create-cache-policy", "src/a.json", "none"),
        (&HIGH, "AKIAEXAMPLEEXAMPLE12", "src/a.ts", "none"),
        (&HIGH, concat!("AK", "IA5TQ7ZMVXN3KPLW2B"), "src/a.ts", "high"),
        (&HIGH, "uV3F3YluFJax1cknvbcGwgjvx4QpvB+leU8dUj2o", "src/a.ts", "none"),
        (&HIGH, "xoxb-123456789012-123456789012-abcdefghijklmnopqrstuvwx", "src/a.ts", "none"),
    ];
    for (kind, value, path, want) in cases {
        assert_eq!(level(of(kind, value, path)), *want, "{value} {path}");
    }
}

#[test]
fn a_proof_outweighs_the_place() {
    let value = concat!("gh", "p_q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo");
    let mut candidate = Candidate::new(&FAIR, Region::new(0, value.len()), value);
    candidate.proof = Some("its checksum holds");
    let got = verdict(&candidate, value, "tests/a.py").expect("a token");
    assert_eq!((got.severity, got.precision), (Severity::Low, Precision::VeryHigh));
}

#[test]
fn no_proof_makes_a_token_of_an_example() {
    let value = "AKIA22222222EXAMPLF2";
    let mut candidate = Candidate::new(&SURE, Region::new(0, value.len()), value);
    candidate.proof = Some("its structure holds");
    assert_eq!(level(verdict(&candidate, value, "src/a.json")), "none");
}

#[test]
fn what_a_comment_of_documentation_shows_is_milder() {
    let live = concat!("sk_li", "ve_q7Zr2mVx9KpLw4TnB8sDk3Jf");
    let text = format!("/// let client = Client::new(\"{live}\");\n");
    let at = text.find(live).expect("the token");
    let token = Candidate::new(&HIGH, Region::new(at, at + live.len()), live);
    let got = verdict(&token, &text, "src/a.rs").map(|got| (got.severity, got.precision));
    assert_eq!(got, Some((Severity::High, Precision::Medium)));
    let body = "q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxPsKd8TzMq0R".repeat(4);
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----");
    for path in ["examples/server.key", "benches/keys.rs", "docs/tls.md"] {
        let got = of(&KEY, &key, path).map(|got| got.severity);
        assert_eq!(got, Some(Severity::Medium), "{path}");
    }
    for path in ["tests/data/sample-key.pem", "src/jwt/tests.rs"] {
        assert_eq!(of(&KEY, &key, path).map(|got| got.severity), Some(Severity::Low), "{path}");
    }
}

#[test]
fn a_hash_that_its_name_calls_made_up_is_none() {
    let hash = "$2b$10$q7Zr2mVx9KpLw4TnB8sDk.3JfHc6YgE1aUiOo5NbWxPsq7Zr2mVx9";
    for (before, want) in [("const dummyHash = '", "none"), ("const adminHash = '", "high")] {
        let text = format!("{before}{hash}';");
        let region = Region::new(before.len(), before.len() + hash.len());
        let candidate = Candidate::new(&HASH, region, hash);
        assert_eq!(level(verdict(&candidate, &text, "src/a.js")), want, "{before}");
    }
}

#[test]
fn a_token_of_tests_is_milder_but_stays() {
    let got = of(&HIGH, concat!("sk_li", "ve_q7Zr2mVx9KpLw4TnB8sDk3Jf"), "tests/a.py");
    assert_eq!(got.map(|got| got.severity), Some(Severity::Medium));
}

#[test]
fn a_live_token_in_documentation_is_as_bad_as_elsewhere() {
    let live = concat!("sk_li", "ve_q7Zr2mVx9KpLw4TnB8sDk3Jf");
    for (path, want) in [
        ("src/billing.py", Severity::Critical),
        ("README.md", Severity::Critical),
        ("docs/deploy/runbook.md", Severity::Critical),
        ("notes.txt", Severity::Critical),
        // What stands among examples is one more often than not.
        ("examples/billing.py", Severity::High),
        ("docs/examples/billing.md", Severity::High),
        (".env.example", Severity::High),
    ] {
        assert_eq!(of(&HIGH, live, path).map(|got| got.severity), Some(want), "{path}");
    }
}

#[test]
fn jwts_are_judged_by_claims_and_place() {
    let header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";
    let signature = "q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxPs";
    // {"sub":"8412","role":"editor","iat":1690000000}
    let claims = "eyJzdWIiOiI4NDEyIiwicm9sZSI6ImVkaXRvciIsImlhdCI6MTY5MDAwMDAwMH0";
    // {"sub":"1234567890","name":"John Doe"}
    let demo = "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIn0";
    // {"iss":"supabase","role":"anon"}
    let anon = "eyJpc3MiOiJzdXBhYmFzZSIsInJvbGUiOiJhbm9uIn0";
    let cases = [
        (format!("{header}.{claims}.{signature}"), "src/a.ts", "very-high"),
        (format!("{header}.{claims}.{signature}"), "tests/a.ts", "medium"),
        (format!("{header}.{claims}.{signature}"), "docs/a.md", "high"),
        (format!("{header}.{claims}.{signature}"), "node_modules/a.ts", "none"),
        (format!("{header}.{claims}.invalid"), "src/a.ts", "none"),
        (format!("{header}.{demo}.{signature}"), "src/a.ts", "none"),
        (format!("{header}.{anon}.{signature}"), "src/a.ts", "none"),
    ];
    for (value, path, want) in cases {
        let mut candidate = Candidate::new(&JWT, Region::new(0, value.len()), &*value);
        candidate.proof = Some("its header and its claims decode, and its signature is whole");
        assert_eq!(level(verdict(&candidate, &value, path)), want, "{value} {path}");
    }
}

#[test]
fn hashes_and_keys_are_judged_by_place_and_pattern() {
    let hash = "$2b$10$q7Zr2mVx9KpLw4TnB8sDk.3JfHc6YgE1aUiOo5NbWxPsq7Zr2mVx9";
    assert_eq!(level(of(&HASH, hash, "seeds/users.sql")), "high");
    assert_eq!(level(of(&HASH, hash, "tests/users.sql")), "low");
    assert_eq!(
        level(of(&HASH, "$2b$10$xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a.sql")),
        "none"
    );
    let body = "q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxPsKd8TzMq0R".repeat(4);
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----");
    assert_eq!(level(of(&KEY, &pem, "certs/server.pem")), "high");
    assert_eq!(level(of(&KEY, &pem, "tests/certs/server.pem")), "medium");
    assert_eq!(
        of(&KEY, &pem, "tests/certs/server.pem").map(|got| got.severity),
        Some(Severity::Low)
    );
    let stub = "-----BEGIN PRIVATE KEY-----\nMOCKED\n-----END PRIVATE KEY-----";
    assert_eq!(level(of(&KEY, stub, "src/a.ts")), "none");
}
