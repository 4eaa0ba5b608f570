//! The judgement of values, one line a case.

use super::*;
use ValueClass::*;
use Weakness::*;

fn judge(key: &str, value: &str) -> ValueClass {
    classify(value, &ValueContext { key, user: Some("tidewater"), project: &["tide-pool"] })
}

#[test]
fn nothing_typed_by_a_person_is_real() {
    let cases = [
        ("JWT_SECRET", "", Empty),
        ("JWT_SECRET", "  ", Empty),
        ("REDIS_PASSWORD", "null", Inert),
        ("SESSION_SECRET", "true", Inert),
        ("PORT", "3000", Inert),
        ("DB_PASSWORD", "123456", Weak(Sequence)),
        ("JWT_SECRET", "${JWT_SECRET}", Reference),
        ("JWT_SECRET", "{{ .Values.jwt }}", Reference),
        ("JWT_SECRET", "$JWT_SECRET", Reference),
        ("JWT_SECRET", "%JWT_SECRET%", Reference),
        ("JWT_SECRET", "op://vault/item/field", Reference),
        ("JWT_SECRET", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x", Reference),
        ("JWT_SECRET", "process.env.JWT_SECRET", Reference),
        ("JWT_SECRET", "<%= ENV['X'] %>", Reference),
        ("JWT_SECRET", "/run/secrets/jwt", Reference),
        ("JWT_SECRET", "$(openssl rand -hex 32)", Reference),
        ("JWT_SECRET", "credentials.password", Reference),
        ("SMTP_PASSWORD", "your-mail-password", Placeholder),
        ("ENCRYPTION_KEY", "your-encryption-key-of-64-hex-chars", Placeholder),
        ("JWT_SECRET", "change-me", Placeholder),
        ("JWT_SECRET", "CHANGE_THIS_SIGNING_PASSWORD", Placeholder),
        ("JWT_SECRET", "acceptance-secret-key-change-this", Placeholder),
        ("API_KEY", "PUT_YOUR_KEY_HERE", Placeholder),
        ("API_KEY", "map_service_key_here", Placeholder),
        ("JWT_SECRET", "tobemodified", Placeholder),
        ("APP_KEYS", "toBeModified1,toBeModified2", Placeholder),
        ("MAP_TOKEN", "pk.eyJ1IjoicXVheSIsImEiOiJjbXpybDMifQ.Vd8xQ2mNbT4hKsLp0WzRyA", Inert),
        ("ANALYTICS_API_KEY", "phc_Hq7LmZr2Vx9TbNc4Wd6YgKs8PfJe3Ua5RvXo1BtM", Inert),
        ("JWT_SECRET", "replace-with-at-least-48-random-bytes", Placeholder),
        ("JWT_SECRET", "replace_with_mail_password", Placeholder),
        ("OPENAI_API_KEY", "sk-...", Placeholder),
        ("OPENAI_API_KEY", "sk-ant-...", Placeholder),
        ("SUPABASE_KEY", "eyJ...", Placeholder),
        ("TELEGRAM_BOT_TOKEN", "987654:XYZ-ABC...", Placeholder),
        ("STRIPE_SECRET_KEY", "sk_test_your_secret_key", Placeholder),
        ("STRIPE_WEBHOOK_SECRET", "whsec_your_endpoint_secret", Placeholder),
        ("STRIPE_SECRET_KEY", "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx", Placeholder),
        ("RESEND_API_KEY", "re_xxxxxxxxx", Placeholder),
        ("JWT_SECRET", "test-signing-secret-at-least-thirty-characters", Placeholder),
        ("JWT_SECRET", "a-strong-phrase-of-at-least-40-characters", Placeholder),
        ("MAIL_PASSWORD", "xxxx xxxx xxxx xxxx", Placeholder),
        ("SECRET_KEY", "<generate with openssl rand -base64 48>", Placeholder),
        ("SECRET_KEY", "[YOUR-KEY]", Placeholder),
        ("SECRET_KEY", "************************", Placeholder),
        ("SECRET_KEY", "__SECRET_KEY__", Placeholder),
        (
            "PRIVATE_KEY",
            "-----BEGIN PRIVATE KEY-----\\nYOUR_KEY\\n-----END PRIVATE KEY-----",
            Placeholder,
        ),
        (
            "SECRET_KEY",
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            Placeholder,
        ),
        ("SECRET_KEY", "00000000000000000000000000000000", Placeholder),
        ("SECRET_KEY", "insecure-do-not-use-in-production", Placeholder),
        ("SECRET_KEY", "ПОСТАВЬТЕ-СВОЙ-КЛЮЧ", Placeholder),
        ("API_KEY", "你的密钥", Placeholder),
        ("API_KEY", "ここにキーを入れる", Placeholder),
        ("API_KEY", "여기에_키를_입력", Placeholder),
        ("API_KEY", "ضع_المفتاح_هنا", Placeholder),
        ("API_KEY", "votre_cle_secrete_ici", Placeholder),
        ("API_KEY", "tu_clave_secreta_aqui", Placeholder),
        ("API_KEY", "sua_chave_de_40_caracteres", Placeholder),
        ("API_KEY", "dein-geheimer-schluessel-hier", Placeholder),
        ("API_KEY", "inserisci-chiave-privata", Placeholder),
        ("API_KEY", "sifrenizi-buraya-yazin", Placeholder),
        ("API_KEY", "cambiami-subito", Placeholder),
        ("API_KEY", "chiave-di-prova-non-segreta", Placeholder),
        ("APP_KEY", "base64:c3R1Yi1rZXktZm9yLWltYWdlLWJ1aWxkLW9ubHk=", Placeholder),
        ("KEYCLOAK_SECRET", "some-placeholder-value", Placeholder),
        ("AWS_ACCESS_KEY", "AKIA****************", Placeholder),
        ("AWS_ACCESS_KEY", "AKIAIOSFODNN7EXAMPLE", TestKey),
        ("TURNSTILE_SECRET_KEY", "1x0000000000000000000000000000000AA", TestKey),
        ("DB_PASSWORD", "password", Weak(KeyNoun)),
        ("DB_PASSWORD", "postgres", Weak(Dictionary)),
        ("DB_PASSWORD", "tidewater", Weak(EqualsUser)),
        ("DB_PASSWORD", "tidepool", Weak(ProjectName)),
        ("DB_PASSWORD", "tide-pool-password", Weak(ProjectName)),
        ("DB_PASSWORD", "tidepool_strong_password_2024", Weak(ProjectName)),
        ("REDIS_PASSWORD", "redis_password", Weak(KeyNoun)),
        ("MYSQL_ROOT_PASSWORD", "root_password", Weak(KeyNoun)),
        ("DB_PASSWORD", "devpass", Weak(EnvironmentWord)),
        ("JWT_SECRET", "local-dev-secret", Weak(EnvironmentWord)),
        ("JWT_SECRET", "supersecret", Weak(Dictionary)),
        ("ADMIN_PASSWORD", "admin123", Weak(WordAndDigits)),
        ("ADMIN_PASSWORD", "Admin1234!", Weak(WordAndDigits)),
        ("ADMIN_PASSWORD", "Bb654321", Weak(Sequence)),
        ("ADMIN_PASSWORD", "P@ssw0rd!", Weak(WordAndDigits)),
        ("ADMIN_PASSWORD", "SuperSecret2031!", Weak(WordAndDigits)),
        ("ADMIN_PASSWORD", "margarethe1987", Weak(WordAndDigits)),
        ("ADMIN_PASSWORD", "asdfghjkl", Weak(Sequence)),
        ("ADMIN_PASSWORD", "aaaaaaaa", Weak(Repeated)),
        ("ADMIN_PASSWORD", "correct-horse-battery-staple", Weak(Dictionary)),
        ("ADMIN_PASSWORD", "x9$Kq2", Weak(Short)),
        ("JWT_SECRET", "my-super-secret-jwt-signing-key", Weak(Dictionary)),
        ("S3_PASSWORD", "minioadmin", Weak(Dictionary)),
        ("APP_NAME", "Tide Pool", Inert),
        ("LOG_LEVEL", "debug", Inert),
        ("NODE_OPTIONS", "--max-old-space-size=4096 -r", Inert),
        ("NODE_OPTIONS", "--max-old-space-size=4096 --no-warnings", Inert),
        (
            "PACKAGE_MANAGER",
            "pnpm@9.1.0+sha512.7be1f4c09d3a682e5f17c08b94d6a3e27be05d1c8f39a462",
            Inert,
        ),
        ("TZ", "America/Argentina/Buenos_Aires", Inert),
        ("IMAGE", "ghcr.io/acme/harbour-lights:1.24.3-alpine", Inert),
        ("TLS_KEY", "/etc/nginx/certs/harbour-lights.key", Inert),
        ("CREDENTIALS", "./config/serviceAccountKey.json", Inert),
        ("SUBGRAPH_ID", "5zvR82QoaXYFyDEKLZ9t6v9adgnptxYpKpSbxtgVENFV", Inert),
        ("TOKEN_CONTRACT", "0x8ba1f109551bd432803012645ac136ddd64dba72", Inert),
        ("GIT_COMMIT", "9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c1b4d7e90", Inert),
        ("API_URL", "https://api.harbour-lights.io/v1/token", Inert),
        ("ADMIN_PASSWORD", "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", Inert),
        ("password", "Password is required", Inert),
        ("JWT_SECRET", "This is a super secret", Weak(Dictionary)),
        ("DATABASE_URL", "postgres://app:tidepool@db:5432/x", Weak(ProjectName)),
        ("DATABASE_URL", "postgres://app:${DB_PASSWORD}@db:5432/x", Reference),
        ("DATABASE_URL", "postgres://localhost:5432/x", Inert),
        ("SENTRY_DSN", "https://9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c@o1.ingest.sentry.io/2", Inert),
        ("SENTRY_DSN", "https://your-dsn@sentry.io/your-project", Placeholder),
        ("DB_PASSWORD_INTEGRITY", "sha512-q7Zr2mVx9KpLw4TnB8sDq7Zr2mVx9KpLw4TnB8sD==", Inert),
    ];
    let wrong: Vec<String> = cases
        .into_iter()
        .filter(|&(key, value, want)| judge(key, value) != want)
        .map(|(key, value, want)| format!("{key}={value}: {:?}, not {want:?}", judge(key, value)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn generated_secrets_are_real() {
    for (key, value) in [
        ("DNS_TOKEN", "7be1f4c09d3a682e5f17c08b94d6a3e27be05d1c8f39a4620e7d51bc83f9a64d"),
        ("MAP_KEY", "4Tq9ZbXw2RnLk7VcYd3M"),
        ("TURNSTILE_SECRET_KEY", "0x4AAAAAAAq7Zr2mVx9KpLw4TnB8sDf"),
        ("ADMIN_PASSWORD", "k3jd82nfq0zxlw7vtb5myc1rshgp9uea"),
        ("JWT_SECRET", "Zk3+vQ9/pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M="),
        ("JWT_SECRET", "q7Zr2mVx9KpLw4TnB8sDtestYc1Rs"),
        ("APP_KEY", "base64:Zk3+vQ9/pLx7wRt2mBn5cYd8sFgHj4KqXeUo1TiAz6M="),
        ("DB_PASSWORD", "vR7#kQ2!mX9$wL4&zTb8^Yp"),
        ("HEROKU_API_KEY", "9f3a1c7e-5b2d-4e8f-a6c0-1d7b3e9f5a2c"),
        ("MAIL_PASSWORD", "qzvk wxjp tgbh mrcd"),
        ("DATABASE_URL", "postgres://app:q7Zr2mVx9KpLw4TnB8sD@db.harbour-lights.io/x"),
        ("REPOSITORY", "https://q7Zr2mVx9KpLw4TnB8sDYc1Rs@git.harbour-lights.io/x"),
        ("", "q7Zr2mVx9KpLw4TnB8sDYc1RsHgP9uEa"),
    ] {
        assert_eq!(judge(key, value), Real, "{key}");
    }
}

#[test]
fn random_tokens_of_every_usual_length_are_real_nearly_always() {
    // A fixed generator: the same tokens in every run.
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for (alphabet, length) in [
        ("0123456789abcdef", 32),
        ("0123456789abcdef", 64),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 20),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 43),
        ("abcdefghijklmnopqrstuvwxyz0123456789", 32),
        ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 40),
    ] {
        let letters = alphabet.as_bytes();
        let real = (0..1000)
            .filter(|_| {
                let token: String = (0..length)
                    .map(|_| char::from(letters[(next() >> 33) as usize % letters.len()]))
                    .collect();
                judge("JWT_SECRET", &token) == Real
            })
            .count();
        assert!(real >= 985, "{real} of 1000 for {length} of {alphabet}");
    }
}

#[test]
fn hostile_values_are_judged_quickly() {
    for piece in ["a", "${", "<", "aB3", "-your", "/", "eyJ.", "=", "é", "%", "password"] {
        let huge = piece.repeat(1_000_000 / piece.len());
        let _ = judge("JWT_SECRET", &huge);
        let _ =
            classify_url_password(&format!("postgres://a:{huge}@h/x"), &ValueContext::default());
    }
}
