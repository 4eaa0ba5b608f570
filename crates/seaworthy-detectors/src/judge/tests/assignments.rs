//! Literals under a name.

use super::*;

static KIND: Kind = kind(Family::Assignment, Severity::High, Precision::Medium);

fn of(name: &str, value: &str, path: &str) -> Option<Verdict> {
    if quick_reject(value) {
        return None;
    }
    let text = format!("{name} = \"{value}\"\n");
    let start = name.len() + 4;
    let mut candidate = Candidate::new(&KIND, Region::new(start, start + value.len()), value);
    candidate.standing = Standing::Quoted;
    if !name.is_empty() {
        candidate.name = Some(Name { text: name.to_owned(), region: Region::new(0, name.len()) });
    }
    verdict(&candidate, &text, path)
}

#[test]
fn leaks_are_reported() {
    let mut missed = Vec::new();
    for (name, value, path) in LEAKS {
        let level = level(of(name, value, path));
        if !reported(level) {
            missed.push(format!("{name} = {value} in {path}: {level}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_is_no_leak_is_not_reported() {
    let mut wrong = Vec::new();
    for (name, value, path) in TRAPS {
        let level = level(of(name, value, path));
        if reported(level) {
            wrong.push(format!("{name} = {value} in {path}: {level}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_place_decides_how_bad_and_how_sure() {
    let value = "q7Zr2mVx9KpLw4TnB8sD";
    let cases = [
        ("config/production.yml", Some((Severity::High, Precision::High))),
        ("src/db.ts", Some((Severity::High, Precision::High))),
        ("README.md", Some((Severity::High, Precision::Medium))),
        (".env.example", Some((Severity::Medium, Precision::Medium))),
        ("tests/login.rs", Some((Severity::Info, Precision::Low))),
        ("src/login.test.ts", Some((Severity::Info, Precision::Low))),
        ("node_modules/pkg/index.js", None),
    ];
    for (path, want) in cases {
        let got = of("db_password", value, path).map(|got| (got.severity, got.precision));
        assert_eq!(got, want, "{path}");
    }
}

#[test]
fn a_test_in_a_file_of_code_is_a_test() {
    let text = "#[cfg(test)]\nmod tests {\n const PASSWORD: &str = \"q7Zr2mVx9KpLw4TnB8sD\";\n}";
    let start = text.find("q7Zr").expect("there");
    let mut candidate =
        Candidate::new(&KIND, Region::new(start, start + 20), &text[start..start + 20]);
    candidate.name = Some(Name { text: "PASSWORD".to_owned(), region: Region::new(0, 1) });
    let got = verdict(&candidate, text, "src/login.rs").expect("a doubtful finding");
    assert_eq!((got.severity, got.precision), (Severity::Info, Precision::Low));
}

#[test]
fn an_example_in_a_docstring_is_less_sure() {
    let precision = |text: &str| {
        let start = text.find("aB3xK9").expect("there");
        let value = &text[start..start + 14];
        let mut candidate = Candidate::new(&KIND, Region::new(start, start + 14), value);
        candidate.name = Some(Name { text: "api_key".to_owned(), region: Region::new(0, 1) });
        verdict(&candidate, text, "lib/client.py").map(|got| got.precision)
    };
    let inside = "def f():\n    \"\"\"Call it:\n    api_key = 'aB3xK9mQ2pLzW7'\n    \"\"\"\n";
    let outside = "def f():\n    \"\"\"Call it.\"\"\"\n    api_key = 'aB3xK9mQ2pLzW7'\n";
    assert_eq!(precision(inside), Some(Precision::Low));
    assert_eq!(precision(outside), Some(Precision::Medium));
}

#[test]
fn a_password_that_is_the_user_is_no_leak() {
    let mut candidate = Candidate::new(&KIND, Region::new(0, 10), "Xk9#mP2vLq");
    candidate.name = Some(Name { text: "password".to_owned(), region: Region::new(0, 1) });
    assert!(verdict(&candidate, "Xk9#mP2vLq", "app.yml").is_some());
    candidate.user = Some("xk9#mp2vlq".to_owned());
    assert!(verdict(&candidate, "Xk9#mP2vLq", "app.yml").is_none());
}

/// Name, value, path.
const LEAKS: &[(&str, &str, &str)] = &[
    // Keys that people type.
    ("masterKey", "kV7#mQz!92tLp", "config/app.yml"),
    // Generated keys in code.
    ("password", "q7Zr2mVx9KpLw4TnB8sD", "src/db.ts"),
    ("apiKey", "8RuaTzq1LmXv04PkdWcE", "src/client.js"),
    ("API_KEY", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "app/settings.py"),
    ("clientSecret", "d-FL95Q19q7MQmFpd7hHD0Ty", "lib/oauth.py"),
    ("client_secret", "Zk3vQ9pLx7wRt2mBn5aaKd8s", "internal/auth/oauth.go"),
    ("JWT_SECRET", "kJ82nFq0ZxLw7VtB5mYc1RsHgP9uEa3d", "server/config.js"),
    ("secret_key", "z!8w#kq2@vn$4xr7^mt1&jp5*hc9(bd3)", "mysite/settings.py"),
    ("SECRET_KEY", "x3#fk9$wq1!mz7@vb5^tn2&hr8*jc4+pd6", "config/settings.py"),
    ("accessToken", "b7f2Kq9LmXw3Tz5RvN8pYc1DsHg6Ea", "src/api.ts"),
    ("auth_token", "d41c8e07b95f3a26c1e8047f9ab35d62", "src/sms.rb"),
    ("twilio_auth_token", "9b1f3c7d5e2a48f06c7d1b3e9f5a2c84", "notify.php"),
    ("webhookSecret", "mQ9zX4kT7bL2wR8vN3pYc6Ds", "src/hooks.ts"),
    (
        "encryptionKey",
        "9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2c9f3a1c7e5b2d4e8fa6c01d7b3e9f5a2d",
        "src/box.ts",
    ),
    (
        "ENCRYPTION_KEY",
        "d13e8c07b95f3a26c1e8047f9ab35d62a7c1e90b4f2d8635c0e7f9a1b2d38c46",
        "docker-compose.yml",
    ),
    (
        "privateKey",
        "a7c1e90b4f2d8635c0e7f9a1b2d38c46d13e8c07b95f3a26c1e8047f9ab35d62",
        "scripts/deploy.js",
    ),
    ("PRIVATE_KEY", "0xa7c1e90b4f2d8635c0e7f9a1b2d38c46d13e8c07b95f3a26c1e8047f9ab35d62", ".env"),
    ("cookieValidationKey", "Tz5RvN8pYc1DsHg6EaKq9LmXw3b7f2", "config/web.php"),
    ("aws_secret_access_key", "kQ3vZ8xLm2pTn7Rw5Yb9Hd1Jf6Cg4Sa0Ue+Ni/Xo", "deploy.py"),
    ("secretAccessKey", "Vb7Nk2Lq9Xw4Zt1Rm6Yp3Hs8Jd5Gf0CaEuIoQ+Bz", "src/s3.js"),
    ("api_secret", "mV4kX9zQ2wLp7RtB5nYc8DsH", "cloud.rb"),
    ("consumer_secret", "Lq9Xw4Zt1Rm6Yp3Hs8Jd5Gf0CaEuIoVb7Nk2QBzTnWr5Y", "twitter.py"),
    ("access_token_secret", "Rm6Yp3Hs8Jd5Gf0CaEuIoVb7Nk2QBzTnWr5YLq9Xw4Zt1", "bot.py"),
    ("stripeSecretKey", "Hs8Jd5Gf0CaEuIoVb7Nk2QBz", "pay.js"),
    ("Authorization", "Hs8Jd5Gf0CaEuIoVb7Nk2QBzTnWr", "src/http.ts"),
    ("x-api-key", "pYc6DsmQ9zX4kT7bL2wR8vN3", "fetch.js"),
    ("sessionSecret", "wR8vN3pYc6DsmQ9zX4kT7bL2", "server.js"),
    ("bot_token", "N3pYc6DsmQ9zX4kT7bL2wR8v5Tz1Kd", "bot.js"),
    ("setApiKey", "X4kT7bL2wR8vN3pYc6DsmQ9z", "Main.java"),
    ("withPassword", "X4kT7bL2wR8vN3pYc6Ds", "Db.kt"),
    ("ADMIN_PASSWORD", "2sl4Kd9fXq7wZm3vTb8nRp5yHc1jLg6u", "seed.ts"),
    ("KEYSTORE_PASSWORD", "vN3pYc6DsmQ9zX", "app/build.gradle"),
    ("storePassword", "bL2wR8vN3pYc6D", "android/app/build.gradle"),
    ("master_key", "c1e8047f9ab35d62d41c8e07b95f3a26", "config.rb"),
    ("api_key", "3f2b8c1e-9a4d-4c7b-8e5f-1d6a2b3c4d5e", "config.yml"),
    ("HEROKU_API_KEY", "7c1d9e2f-4b3a-4d8c-9f6e-5a2b1c8d7e3f", ".env"),
    ("secret", "q7Zr2mVx9KpLw4TnB8sD", "src/main.rs"),
    ("CSRF_SECRET", "q7Zr2mVx9KpLw4TnB8sDk3f", ".env.production"),
    ("token", "kJ82nFq0ZxLw7VtB5mYc1RsHgP9uEa3d", "deploy.sh"),
    ("GRAFANA_TOKEN", "kJ82nFq0ZxLw7VtB5mYc1RsHgP9uEa3d", "values.yaml"),
    ("DEPLOY_TOKEN", "c1e8047f9ab35d62d41c8e07b95f3a26c1e8047f", "ci.yml"),
    // Passwords of people.
    ("password", "Xk9#mP2vLq", "src/db.ts"),
    ("password", "Tr0ub4dor&3", "config.yml"),
    ("DB_PASSWORD", "kX7$pq2Zw", ".env"),
    ("DB_PASS", "wR8kz2PqLm", "deploy.sh"),
    ("db.password", "p0x7Qz!kW2", "application.properties"),
    ("spring.datasource.password", "Vn4!tKz8qW", "src/main/resources/application.properties"),
    ("smtp_pass", "mK7#vQ2z", "config/mail.ini"),
    ("MAIL_PASSWORD", "qmvt xbrk wpzd hfjn", ".env"),
    ("EMAIL_HOST_PASSWORD", "qmvtxbrkwpzdhfjn", "settings.py"),
    ("ftp_password", "Zq8!kLm3", "deploy.ini"),
    ("rootpw", "Hf7$kWq2Lz", "kickstart.cfg"),
    ("ansible_ssh_pass", "Jd5#Gf0CaE", "inventory.yml"),
    ("mysql_root_password", "Gf0!CaEu7Nk", "docker-compose.yml"),
    ("POSTGRES_PASSWORD", "u7NkGf0CaE2x", "docker-compose.prod.yml"),
    ("redis_password", "Yp3Hs8Jd5Gf0", "redis.conf"),
    ("password", "Summer&2024xk", "config.yml"),
    ("admin_password", "Berlin#1989x", "vars.ini"),
    ("password", "correct-Horse7", "config.yml"),
    ("password", "MyD0g&Rex4", "settings.ini"),
    ("password", "Wq7-kZ2_mX9p", "app.conf"),
    ("passwd", "zK8wq3Lp", "backup.sh"),
    ("pwd", "Vt6$Rm2x", "appsettings.json"),
    ("Password", "Lk8@zQw4!x", "web.config"),
    ("userPassword", "t7Gv!2kQ", "ldap.ldif"),
    ("password", "9xKw!2Lp#", "main.go"),
    ("dbPassword", "hT5!vKz9", "Db.java"),
    ("$db_pass", "Qm7#xZ2v", "config.php"),
    ("DB_PASSWORD", "Wz4%kP8!nQ", "wp-config.php"),
    ("", "Zq8!kLm3xT", "init.sql"),
    ("", "kV7pQ2zLm9", "setup.sh"),
    ("passphrase", "Kz8#qLw3!vTp", "sign.gradle"),
    ("ssid_password", "hk4Lq9zWx2", "main.ino"),
    ("wifi_password", "Zk83hdLq", "firmware/wifi.c"),
    ("sa_password", "Np7!Rz3xKw", "appsettings.Production.json"),
    ("SA_PASSWORD", "Np7!Rz3xKw", "compose.yaml"),
    ("password", "hX92mzQ7", "src/settings.py"),
    ("PASSWORD", "8fK2zq7wLx", "run.py"),
    ("login_password", "pT6zk9Wq!", "crawler.py"),
    ("secret", "c1e8047f9ab35d62d41c8e07b95f3a26", "config/app.php"),
    ("appSecret", "c1e8047f9ab35d62d41c8e07b95f3a26", "wechat.js"),
    ("app_secret", "5e2a48f06c7d1b3e9f5a2c849b1f3c7d", "facebook.yml"),
    ("ALGOLIA_ADMIN_KEY", "5e2a48f06c7d1b3e9f5a2c849b1f3c7d", "build.sh"),
    ("api-key", "5e2a48f06c7d1b3e9f5a2c849b1f3c7d", "app.toml"),
    ("apikey", "aB3xK9mQ2pLzW7", "weather.ini"),
    ("API_TOKEN", "aB3xK9mQ2pLzW7vR", "config.py"),
    // Documentation and templates with real keys.
    ("client_secret", "d-FL95Q19q7MQmFpd7hHD0Ty", "docs/setup.md"),
    ("API_KEY", "8RuaTzq1LmXv04PkdWcE", ".env.example"),
    ("password", "Kq9LmXw3Tz5RvN8pYc", "README.md"),
    (
        "SECRET_KEY_BASE",
        "c1e8047f9ab35d62d41c8e07b95f3a267d0b6e93f25c84a1b7e09d3f6c52a814",
        "config/secrets.yml",
    ),
    (
        "secret_key_base",
        "c1e8047f9ab35d62d41c8e07b95f3a267d0b6e93f25c84a1b7e09d3f6c52a814",
        "config/secrets.yml",
    ),
    ("APP_KEY", "base64:q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxPs=", ".env"),
    (
        "AccountKey",
        "q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxPsq7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxQ==",
        "app.config",
    ),
];

/// Name, value, path.
const TRAPS: &[(&str, &str, &str)] = &[
    // Text for people, in many languages.
    ("password", "Password is required", "src/form.ts"),
    ("password", "Passwort2 eingeben", "src/form.ts"),
    ("password", "Mot de passe", "locales/fr.json"),
    ("password", "Contraseña", "locales/es.json"),
    ("password", "Пароль", "locales/ru.yml"),
    ("password", "パスワード", "i18n/ja.json"),
    ("password", "Salasana", "lang/fi.json"),
    ("password", "Jelszó", "lang/hu.json"),
    ("login.password", "Lozinka", "messages_hr.properties"),
    ("invalid_token", "Invalid token!", "src/errors.ts"),
    ("passwordTooShort", "At-least-8-characters!", "src/errors.ts"),
    ("password", "ResetPassword", "src/routes.ts"),
    ("Password", "ResetPassword", "Strings.cs"),
    ("token", "jwt_token", "src/auth.ts"),
    ("access_token", "access_token", "src/auth.ts"),
    ("clientSecret", "MISSING_CLIENT_SECRET", "src/errors.ts"),
    ("secret", "Client-Secret", "src/labels.ts"),
    ("apiKey", "X-Api-Key", "src/http.ts"),
    ("password", "P@ssword!", "locales/en.json"),
    ("password_confirmation", "Confirm&Password1", "src/x.ts"),
    ("forgot_password", "Forgot#Password1?", "src/x.ts"),
    ("password", "Kennwort1!", "locales/de/auth.json"),
    // Identifiers, types, paths, selectors, headers.
    ("password", "user.profile.password", "src/x.ts"),
    ("token", "cancellationToken2", "Program.cs"),
    ("token", "XMLHttpRequest2", "x.ts"),
    ("tokenType", "Bearer2Token", "x.ts"),
    ("passwordField", "input#Password-1", "x.ts"),
    ("password", "#user_password_1", "x.rb"),
    ("passwordInput", "[name=pwd2]", "e2e.ts"),
    ("password", "//input[@id='pwd1']", "page.py"),
    ("password", "div.form-row>input.pwd2", "page.js"),
    ("tokenEndpoint", "/oauth2/v1/token", "x.ts"),
    ("token_url", "https://oauth2.googleapis.com/token", "x.py"),
    ("secret", "/run/secrets/db_password1", "compose.yaml"),
    ("secretName", "my-tls-secret-v2", "ingress.yaml"),
    ("secretKeyRef", "db-credentials-7f9c", "deploy.yaml"),
    ("existingSecret", "postgres-secret-2", "values.yaml"),
    ("passwordFile", "/etc/app/pwd.txt", "x.yaml"),
    ("private_key", "keys/server2.pem", "x.yaml"),
    ("privateKeyPath", "./certs/rsa2048.key", "x.ts"),
    ("token", "application/jwt2+json", "x.ts"),
    ("auth", "oauth2", "x.ts"),
    ("AUTH_TYPE", "SCRAM-SHA-256", "x.yaml"),
    ("signing_key_algorithm", "RS256", "x.ts"),
    ("passwordEncoder", "BCrypt2a", "x.java"),
    ("token_class", "Token.Literal.String.Double2", "lexer.py"),
    ("token", "keyword.other.v2", "grammar.json"),
    ("secret", "kubernetes.io/tls-v1", "x.yaml"),
    ("apiKey", "api_key_v2", "x.ts"),
    ("token", "TK_IDENTIFIER_2", "lex.c"),
    ("TOKEN", "T_LNUMBER4", "lex.php"),
    ("password", "password1", "seed.ts"),
    ("password", "Password1", "seed.ts"),
    ("password", "Password123!", "seed.ts"),
    ("password", "P@ssw0rd", "config.yml"),
    ("password", "P@ssw0rd123", "config.yml"),
    ("password", "passw0rd!", "config.yml"),
    ("password", "s3cr3t", "config.yml"),
    ("password", "S3cret!", "config.yml"),
    ("password", "admin123", "config.yml"),
    ("password", "Admin123!", "config.yml"),
    ("password", "Admin@1234", "config.yml"),
    ("password", "Test@123", "config.yml"),
    ("password", "Test1234!", "config.yml"),
    ("password", "qwerty123!", "config.yml"),
    ("password", "Abcd1234!", "config.yml"),
    ("password", "abc123!@#", "config.yml"),
    ("password", "Aa123456!", "config.yml"),
    ("password", "1q2w3e4r5t", "config.yml"),
    ("password", "changeme1!", "config.yml"),
    ("password", "ChangeMe123!", "config.yml"),
    ("password", "letmein1", "config.yml"),
    ("password", "Welcome1!", "config.yml"),
    ("password", "secret123", "config.yml"),
    ("password", "MySecretPassword1!", "config.yml"),
    ("password", "YourStrong!Passw0rd", "compose.yaml"),
    ("password", "yourStrong(!)Password", "compose.yaml"),
    ("SA_PASSWORD", "<YourStrong@Passw0rd>", "compose.yaml"),
    ("password", "mysecretpassword", "compose.yaml"),
    ("password", "postgres", "compose.yaml"),
    ("password", "minioadmin", "compose.yaml"),
    ("password", "example123", "compose.yaml"),
    ("password", "devpass1", "compose.yaml"),
    ("password", "redis_password", "compose.yaml"),
    ("SECRET_KEY", "django-insecure-change-me-in-production", "settings.py"),
    ("JWT_SECRET", "your-super-secret-jwt-key-change-this", "config.js"),
    ("JWT_SECRET", "dev-secret-at-least-32-characters!!", "config.js"),
    ("JWT_SECRET", "super-secret-jwt-token-with-at-least-32-characters-long", ".env"),
    ("API_KEY", "YOUR_API_KEY_HERE", "config.js"),
    ("API_KEY", "xxxxxxxxxxxxxxxxxxxxxxxx", "config.js"),
    ("API_KEY", "1234567890abcdef1234567890abcdef", "config.js"),
    ("API_KEY", "abcdef0123456789abcdef0123456789", "config.js"),
    ("API_KEY", "00000000-0000-0000-0000-000000000000", "config.yml"),
    ("API_KEY", "12345678-1234-1234-1234-123456789012", "config.yml"),
    ("API_KEY", "sk-your-openai-key-goes-here-123", "config.yml"),
    ("api_key", "REPLACE_WITH_YOUR_KEY_1", "config.yml"),
    ("api_key", "insert-your-key-here-1", "config.yml"),
    ("api_key", "fake-api-key-123456", "config.yml"),
    ("api_key", "test_api_key_12345", "config.yml"),
    ("api_key", "dummyKey1234567890XY", "config.yml"),
    ("api_key", "[REDACTED-1234]", "config.yml"),
    ("api_key", "********1234", "config.yml"),
    ("api_key", "abc...xyz123", "config.yml"),
    ("api_key", "tu_clave_api_aqui_1", "config.yml"),
    ("api_key", "sua_chave_aqui_123", "config.yml"),
    ("api_key", "votre_cle_api_ici_1", "config.yml"),
    ("api_key", "ваш-ключ-123", "config.yml"),
    ("api_key", "你的key123abc", "config.yml"),
    ("api_key", "foobar123456", "config.yml"),
    ("api_key", "deadbeefdeadbeefdeadbeefdeadbeef", "config.yml"),
    // References, templates, calls, formats.
    ("password", "${DB_PASSWORD:-none1}", "compose.yaml"),
    ("password", "$DB_PASSWORD1", "deploy.sh"),
    ("password", "{{ vault_db_password1 }}", "vars.yml"),
    ("password", "{{.Values.password1}}", "x.yaml"),
    ("password", "%DB_PASS1%", "x.bat"),
    ("password", "<%= ENV['PASS1'] %>", "database.yml"),
    ("password", "process.env.DB_PASS1", "x.yml"),
    ("password", "os.environ['PW1']", "x.yml"),
    ("password", "getpass.getpass()", "x.py"),
    ("password", "config.get('db.password1')", "x.yml"),
    ("password", "secrets.DB_PASSWORD_2", "ci.yml"),
    ("password", "op://vault/item1/password", "x.yml"),
    ("password", "vault:secret/data/db1#pw", "x.yml"),
    ("password", "arn:aws:secretsmanager:eu-west-1:1:secret:Db-aB3xK9", "x.yml"),
    ("password", "ENC[AES256_GCM,data:kR3vPx8L,iv:Qz2T,tag:Wb7Y]", "secrets.yaml"),
    ("password", "ENC(kR3vPx8LmQz2TnWb7Ycd1Hf6)", "application.properties"),
    ("password", "{cipher}9b1f3c7d5e2a48f06c7d1b3e9f5a2c84", "application.yml"),
    ("password", "%s:%s@tcp(%s:%d)/%s", "db.go"),
    ("token", "Bearer %s-%d", "x.go"),
    ("token", "Bearer ${token1}", "x.ts"),
    ("token", "{token}-{id}-2", "x.cs"),
    ("password", "***REMOVED***12aB", "x.yml"),
    ("passwordRegex", "^(?=.*[A-Z])(?=.*\\d)[A-Za-z\\d@$!%*?&]{8,}$", "x.ts"),
    ("password", "^[A-Za-z0-9]{8,64}$", "schema.json"),
    ("secret", "(?i)secret[_-]?key[=:]\\s*['\\\"][a-z0-9]{32}", "rules.ts"),
    ("token", "ghp_[0-9a-zA-Z]{36}", "rules.yml"),
    ("token", "xox[baprs]-[0-9a-zA-Z-]{10,48}", "rules.yml"),
    ("password", "a.password!==b.confirm1", "x.html"),
    ("password", "function(e){return e.pass1}", "x.yml"),
    ("password", "()=>this.pw1", "x.vue"),
    ("token", "t.accept(TokenKind.Id2)", "x.ts"),
    ("password", "new_password=a1&confirm=a1", "x.ts"),
    ("password", "SELECT1;--", "x.ts"),
    ("password", "*.password1", "x.yml"),
    ("token", "**/token-*.json", "x.yml"),
    ("password", "<b>Password1</b>", "x.html"),
    ("token", "token1,token2,token3", "x.yml"),
    ("token", "foo|bar|baz1", "x.yml"),
    ("apiVersion_token", "2024-01-02T03:04:05.678Z", "x.yml"),
    ("token", "2023-11-16.acacia", "x.ts"),
    ("token", "v1.2.3-beta.4", "x.ts"),
    ("apiKey", "@acme/api-key-v2", "x.ts"),
    ("auth", "^10.4.1-rc.2", "package.json"),
    ("password", "user1@example.com", "seed.ts"),
    ("password", "admin@corp1.local", "seed.yml"),
    ("password", "192.168.10.12:8080a", "seed.yml"),
    ("token", "main.8f3a2b1c.js", "x.html"),
    ("secret", "https://hooks.example.com/T0/B1x", "x.yml"),
    // Hashes, ids, public keys.
    ("password_hash", "5f2b8c1e9a4d4c7b8e5f1d6a2b3c4d5e", "seed.ts"),
    ("passwordSha256", "c1e8047f9ab35d62d41c8e07b95f3a26c1e8047f9ab35d62d41c8e07b95f3a26", "x.ts"),
    ("token_id", "3f2b8c1e-9a4d-4c7b-8e5f-1d6a2b3c4d5e", "x.ts"),
    ("tokenAddress", "0x52908400098527886E0F7030069857D2E4169EE7", "x.ts"),
    ("token", "0x52908400098527886E0F7030069857D2E4169EE7", "x.ts"),
    ("USDC_TOKEN", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "x.ts"),
    ("secretUuid", "3f2b8c1e-9a4d-4c7b-8e5f-1d6a2b3c4d5e", "x.ts"),
    ("token_integrity", "sha512-q7Zr2mVx9KpLw4TnB8sDk3JfHc6YgE1aUiOo5NbWxPs==", "x.ts"),
    ("publicKeyToken", "b77a5c561934e089", "app.config"),
    ("PublicKeyToken", "31bf3856ad364e35", "web.config"),
    ("publicKey", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEq7Zr2mVx9KpLw4TnB8sDk3Jf", "x.ts"),
    ("ssh_key", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7q7Zr2mVx9KpLw4Tn", "x.yml"),
    ("apiKeyHash", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "x.ts"),
    ("token_digest", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "x.ts"),
    ("secret_etag", "33a64df551425fcc55e4d42a148795d9f25f89d4", "x.ts"),
    ("password", "5f4dcc3b5aa765d61d8327deb882cf99", "seed.ts"),
    ("password", "21232f297a57a5a743894a0e4a801fc3", "seed.sql"),
    ("password", "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "seed.ts"),
    ("client_id", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "x.ts"),
    ("authClientId", "73842-q7Zr2mVx9KpLw4TnB8sDk3.apps.googleusercontent.com", "x.ts"),
    ("NEXT_PUBLIC_SUPABASE_ANON_KEY", "kR3vPx8LmQz2TnWb7Ycd1Hf6", ".env"),
    ("STRIPE_PUBLISHABLE_KEY", "pk_live_kR3vPx8LmQz2TnWb7Ycd1Hf6", ".env"),
    ("RECAPTCHA_SITE_KEY", "6LdRcP8aKq9LmXw3Tz5RvN8pYc1DsHg6EaKq9LmX", ".env"),
    ("VAPID_PUBLIC_KEY", "BKq9LmXw3Tz5RvN8pYc1DsHg6EaKq9LmXw3Tz5RvN8pYc1DsHg6Ea", ".env"),
    ("access_key_id", "kR3vPx8LmQz2TnWb7Ycd", ".env"),
    ("csrf_token", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "page.html"),
    ("csrfmiddlewaretoken", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "page.html"),
    ("nextPageToken", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "x.ts"),
    ("continuation_token", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "x.py"),
    ("google_site_verification_token", "kR3vPx8LmQz2TnWb7Ycd1Hf6", "x.html"),
    // Alphabets, sequences, vectors.
    ("SECRET_ALPHABET", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "x.ts"),
    ("PASSWORD_CHARS", "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!@#$", "x.ts"),
    ("token", "KvuZTb9QxPqLm3hJcD0wRsFgYaE7nV8dU1ktXB5iAoC2eGfH4jI6lMrNpOySWz", "nanoid.ts"),
    ("secretKey", "000102030405060708090a0b0c0d0e0f", "x.ts"),
    ("secret_key", "0123456789abcdeffedcba9876543210", "x.ts"),
    ("secretKey", "ffffffffffffffffffffffffffffffff", "x.ts"),
    ("secret", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "x.ts"),
    (
        "encryption_key",
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        "src/aes/vectors.rs",
    ),
    (
        "secret_key",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "tests/ed25519.rs",
    ),
    (
        "secret_key",
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "src/ed25519/kat.rs",
    ),
    ("hmac_key", "c1e8047f9ab35d62d41c8e07b95f3a26", "crypto/hmac_test_vectors.json"),
    ("totp_secret", "JBSWY3DPEHPK3PXP", "x.ts"),
    ("totp_secret", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "x.ts"),
    // Tests, examples, mocks.
    ("password", "Xk9#mP2vLq", "tests/test_login.py"),
    ("password", "q7Zr2mVx9KpLw4TnB8sD", "spec/login_spec.rb"),
    ("apiKey", "8RuaTzq1LmXv04PkdWcE", "src/client.test.ts"),
    ("apiKey", "8RuaTzq1LmXv04PkdWcE", "__mocks__/client.ts"),
    ("apiKey", "8RuaTzq1LmXv04PkdWcE", "src/client_test.go"),
    ("token", "kJ82nFq0ZxLw7VtB5mYc1Rs", "fixtures/user.json"),
    ("token", "kJ82nFq0ZxLw7VtB5mYc1Rs", "cassettes/login.yml"),
    ("password", "Xk9#mP2vLq", "examples/login.js"),
    ("password", "Xk9#mP2vLq", "README.md"),
    ("password", "Xk9#mP2vLq", "demo/app.ts"),
    ("password", "Xk9#mP2vLq", "benches/hash.rs"),
    ("testPassword", "Xk9#mP2vLq", "src/util.ts"),
    ("INVALID_TOKEN", "kJ82nFq0ZxLw7VtB5mYc1Rs", "src/util.ts"),
    ("mockApiKey", "8RuaTzq1LmXv04PkdWcE", "src/util.ts"),
    ("expectedToken", "8RuaTzq1LmXv04PkdWcE", "src/util.ts"),
    ("wrongPassword", "Xk9#mP2vLq", "src/util.ts"),
    ("exampleToken", "8RuaTzq1LmXv04PkdWcE", "src/util.ts"),
    ("token", "8RuaTzq1LmXv04PkdWcE", "src/__snapshots__/a.snap"),
    ("password", "q7Zr2mVx9KpLw4TnB8sD", "vendor/lib/a.php"),
    ("password", "q7Zr2mVx9KpLw4TnB8sD", "package-lock.json"),
    // Values that are settings.
    ("token", "ES2015", "x.ts"),
    ("auth", "Digest-MD5", "x.ts"),
    ("cipher_key", "AES256GCM", "x.yml"),
    ("SSL_KEY_TYPE", "ecdsa-sha2-nistp256", "x.yml"),
    ("token", "utf8mb4_unicode_520_ci", "x.yml"),
    ("auth_token", "base64url", "x.yml"),
    ("secret", "Secret#1Label", "src/ui.ts"),
    ("PASSWORD", "Oracle12c", "x.yml"),
    ("password", "true1234", "x.yml"),
    ("passwordPolicy", "min8-Upper1-Digit1!", "x.yml"),
    ("password", "DB_PASS_2", "x.yml"),
    ("password", "dbPassword2", "x.yml"),
    ("token", "tokens.color.primary500", "x.ts"),
    ("token", "--color-primary-500", "x.ts"),
    ("colorToken", "$blue-500_hover", "x.ts"),
    ("token", "md.sys.color.on-surface-variant12", "x.ts"),
    ("token", "urn:ietf:params:oauth:token-type:jwt2", "x.ts"),
    ("secret", "projects/p1/secrets/s1/versions/1", "x.yml"),
    ("secret", "my-app/prod/db-Password2", "x.yml"),
    ("apiKeySource", "AUTHORIZER2", "x.yml"),
    ("SECRETS_BACKEND", "airflow.providers.amazon.Backend2", "x.yml"),
    ("password", "cGFzc3dvcmQK", "secret.yaml"),
    ("password", "cGFzc3dvcmQxMjM=", "secret.yaml"),
    ("token", "Y2hhbmdlbWUtcGxlYXNl", "secret.yaml"),
];
