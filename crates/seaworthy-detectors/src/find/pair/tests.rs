//! Tables of texts with the pairs that they hold.

use seaworthy_analysis::roles::file_role;
use seaworthy_detector_pack::Finder;
use seaworthy_model::Region;

use super::{column, extract, generic};
use crate::file::File;
use crate::find::near::tests::literals;

/// The places of the telling words of a text, in order.
fn hits(text: &str) -> Vec<Region> {
    let words = literals(Finder::Pair);
    let folded = text.to_ascii_lowercase();
    let mut hits: Vec<_> = words
        .iter()
        .flat_map(|word| folded.match_indices(word))
        .map(|(at, word)| Region::new(at, at + word.len()))
        .collect();
    hits.sort_by_key(|hit| (hit.start, hit.end));
    hits
}

/// The pairs under telling names, as `name=value`, each place once.
fn pairs(path: &str, text: &str) -> String {
    let file = File::new(path, file_role(path, None));
    let mut found: Vec<(Region, String)> = Vec::new();
    for hit in hits(text) {
        let mut cells = Vec::new();
        column(text, hit, &file, &mut cells);
        for cell in cells {
            let (region, name) = (cell.region, cell.name.expect("a heading").text);
            if !found.iter().any(|(known, _)| *known == region) {
                found.push((region, format!("{name}={}", cell.secret.0)));
            }
        }
        let Some(pair) = extract(text, hit, &file) else { continue };
        assert!(text.get(pair.name.region.start..pair.name.region.end).is_some(), "{text}");
        let raw = text.get(pair.region.start..pair.region.end);
        assert!(raw.is_some(), "{text}");
        let Some(candidate) = generic(&pair, text, &file) else { continue };
        let value = candidate.secret.0;
        let plain = raw.is_some_and(|raw| raw == value);
        let mark = if plain { "" } else { "~" };
        let name = candidate.name.map(|name| name.text).unwrap_or_default();
        if !found.iter().any(|(region, _)| *region == pair.region) {
            found.push((pair.region, format!("{name}={mark}{value}")));
        }
    }
    found.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>().join(" & ")
}

fn check(path: &str, cases: &[(&str, &str)]) {
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|(text, want)| {
            let found = pairs(path, text);
            (found != *want).then(|| format!("{path}: {text}\n   found {found}\n   want  {want}"))
        })
        .collect();
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn javascript() {
    check(
        "src/app.ts",
        &[
            (r#"const password = "Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"const password: string = 'Zk3vPq8L';"#, "password=Zk3vPq8L"),
            (r#"let token: string | null = `Zk3vPq8L`"#, "token=Zk3vPq8L"),
            (r#"{ "clientSecret": "Zk3vPq8L" }"#, "clientSecret=Zk3vPq8L"),
            (r#"{ clientSecret: 'Zk3vPq8L', id: 'x' }"#, "clientSecret=Zk3vPq8L"),
            (
                r#"const s = process.env.JWT_SECRET || "Zk3vPq8L";"#,
                "process.env.JWT_SECRET=Zk3vPq8L",
            ),
            (
                r#"const s = process.env.JWT_SECRET ?? 'Zk3vPq8L';"#,
                "process.env.JWT_SECRET=Zk3vPq8L",
            ),
            (r#"const s = process.env["JWT_SECRET"] ?? 'Zk3vPq8L';"#, "JWT_SECRET=Zk3vPq8L"),
            (r#"secret: process.env.SOMETHING || 'Zk3vPq8L'"#, "secret=Zk3vPq8L"),
            (r#"secret: config.get<string>('X') || 'Zk3vPq8L'"#, ""),
            (r#"secret: config.get('X') || 'Zk3vPq8L'"#, "secret=Zk3vPq8L"),
            (r#"secret: process.env.A || process.env.B || 'Zk3vPq8L'"#, "secret=Zk3vPq8L"),
            (r#"config["apiKey"] = "Zk3vPq8L";"#, "apiKey=Zk3vPq8L"),
            (r#"if (password === "Zk3vPq8L") {"#, "password=Zk3vPq8L"),
            (r#"if ("Zk3vPq8L" === password) {"#, "password=Zk3vPq8L"),
            (r#"client.setPassword("Zk3vPq8L")"#, "client.setPassword=Zk3vPq8L"),
            (r#"client.withApiKey('Zk3vPq8L')"#, "client.withApiKey=Zk3vPq8L"),
            (r#"headers.append("x-api-key", "Zk3vPq8L")"#, "x-api-key=Zk3vPq8L"),
            (r#"new Headers([["x-api-key", "Zk3vPq8L"]])"#, "x-api-key=Zk3vPq8L"),
            (r#"const secret = Buffer.from("Zk3vPq8L", "utf8")"#, "secret=Zk3vPq8L"),
            (r#"const token = encodeURIComponent('Zk3vPq8L')"#, "token=Zk3vPq8L"),
            (r#"const secret = "Zk3v" + "Pq8L";"#, "secret=~Zk3vPq8L"),
            ("const secret = 'Zk3v' +\n  'Pq8L';", "secret=~Zk3vPq8L"),
            (r#"const password = "ab\"cdef";"#, r#"password=~ab"cdef"#),
            (r#"const j = "{\"password\":\"Zk3vPq8L\"}";"#, "password=Zk3vPq8L"),
            (r#"const j = "{\\\"password\\\": \\\"Zk3vPq8L\\\"}";"#, "password=Zk3vPq8L"),
            (r#"fetch("/x?token=Zk3vPq8LwT2n&y=1")"#, "token=Zk3vPq8LwT2n"),
            (r#"<Field password="Zk3vPq8L" />"#, "password=Zk3vPq8L"),
            (r#"<Field password={"Zk3vPq8L"} />"#, "password=Zk3vPq8L"),
            (r#"await page.fill('#password', 'Zk3vPq8L');"#, "password=Zk3vPq8L"),
            (r#"await page.fill('input[name="password"]', 'Zk3vPq8L');"#, "password=Zk3vPq8L"),
            (r#"JWT_SECRET: z.string().default('Zk3vPq8L'),"#, "JWT_SECRET=Zk3vPq8L"),
            (r#"new Pool({ user: 'u', password: 'Zk3vPq8L' })"#, "password=Zk3vPq8L"),
            (r#"exec("mysql --password Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"exec("docker run -e DB_PASSWORD=Zk3vPq8L -p 1:1")"#, "DB_PASSWORD=Zk3vPq8L"),
            (r#"spawn('x', ['--api-key', 'Zk3vPq8L'])"#, "api-key=Zk3vPq8L"),
            (r#"cookieValidationKey: "Zk3vPq8L""#, "cookieValidationKey=Zk3vPq8L"),
            (r#"hmacKey = "Zk3vPq8L""#, "hmacKey=Zk3vPq8L"),
            (r#"authkey: "Zk3vPq8L""#, "authkey=Zk3vPq8L"),
            (r#"{name: 'API_TOKEN', value: 'Zk3vPq8L'}"#, "API_TOKEN=Zk3vPq8L"),
            (r#"const key = getSecret("name-of-secret")"#, ""),
            (r#"const token = process.env["API_TOKEN"]"#, ""),
            (r##"const password = document.querySelector("#password").value"##, ""),
            (r#"const password = t("password")"#, ""),
            (r#"const secret = require("secret")"#, ""),
            (r#"const password = useState("")"#, ""),
            (r#"type={show ? "text" : "password"}"#, ""),
            (r#"type={show ? "password" : "text"}"#, ""),
            (r#"type: "password" | "textfield""#, ""),
            (r#"function f(password: string, token?: string) {"#, ""),
            (r#"interface A { password: string; token?: string }"#, ""),
            (r#"password: user.password,"#, ""),
            (r#"url + "?password=" + encodeURIComponent(pw) + "&x=""#, ""),
            (r#"log("password: " + pw + " text")"#, ""),
            (r#"const secret = `${a}`"#, ""),
            (r#"const secret = "abcd" + suffix"#, ""),
            (r#"passwordField: "passwordinput""#, ""),
            (r#"token_url: "https://a.b/token""#, ""),
            (r#"tokenExpiry: "3600s", keyName: "name", secretName: "name""#, ""),
            (r#"publicKey: "abcdefgh", primaryKey: "id_id", keyboard: "qwerty""#, ""),
            (r#"passwordLabel: "Password""#, ""),
            (r#"import { token } from "./token""#, ""),
            (r#"case "token": return "word";"#, ""),
            (r#"const f = token => "word";"#, ""),
            (r#"["password", "token", "secret"]"#, ""),
            (r#"n.key=e.key,n.token=t.token,"abc""#, ""),
            (r#"user=u;password=pass1;x="#, ""),
            (r#"s.replace("password", "Zk3vPq8L")"#, ""),
            (r#"if (typeof password !== "string") {"#, ""),
            (r#"password = """#, ""),
            (r#"const csrfToken = "Zk3vPq8L""#, ""),
        ],
    );
}

#[test]
fn python() {
    check(
        "app/settings.py",
        &[
            (r#"SECRET_KEY = "Zk3vPq8L""#, "SECRET_KEY=Zk3vPq8L"),
            (r#"SECRET_KEY = os.environ.get("SECRET_KEY", "Zk3vPq8L")"#, "SECRET_KEY=Zk3vPq8L"),
            (r#"X = os.getenv("DB_PASSWORD", "Zk3vPq8L")"#, "DB_PASSWORD=Zk3vPq8L"),
            (r#"PASSWORD = env.str("DB", default="Zk3vPq8L")"#, "PASSWORD=Zk3vPq8L"),
            (r#"PASSWORD = config("X", cast=str, default='Zk3vPq8L')"#, "PASSWORD=Zk3vPq8L"),
            (r#"PASSWORD = os.environ.get("X") or "Zk3vPq8L""#, "PASSWORD=Zk3vPq8L"),
            (r#"'PASSWORD': 'Zk3vPq8L',"#, "PASSWORD=Zk3vPq8L"),
            (r#"psycopg2.connect(user="u", password="Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"app.config["SECRET_KEY"] = "Zk3vPq8L""#, "SECRET_KEY=Zk3vPq8L"),
            (r#"os.environ['API_TOKEN'] = 'Zk3vPq8L'"#, "API_TOKEN=Zk3vPq8L"),
            (r#"os.environ.setdefault("API_TOKEN", "Zk3vPq8L")"#, "API_TOKEN=Zk3vPq8L"),
            (r#"app.secret_key = b"Zk3vPq8L""#, "app.secret_key=Zk3vPq8L"),
            (r#"def f(password="Zk3vPq8L"):"#, "password=Zk3vPq8L"),
            (r#"api_key: str = "Zk3vPq8L""#, "api_key=Zk3vPq8L"),
            (r#"api_key: Optional[str] = "Zk3vPq8L""#, "api_key=Zk3vPq8L"),
            ("secret = (\n    'Zk3v'\n    'Pq8L'\n)", "secret=~Zk3vPq8L"),
            ("secret = \"\"\"Zk3vPq8L\"\"\"", "secret=Zk3vPq8L"),
            (
                r#"key = bytes.fromhex("00ff"); aes_key = bytes.fromhex("00ff00ff")"#,
                "aes_key=00ff00ff",
            ),
            (r#"token = SecretStr("Zk3vPq8L")"#, "token=Zk3vPq8L"),
            (r#"data = [("client_secret", "Zk3vPq8L")]"#, "client_secret=Zk3vPq8L"),
            (r#"dsn = "host=localhost user=u password=Zk3vPq8L dbname=d""#, "password=Zk3vPq8L"),
            (r#"subprocess.run(["x", "--token=Zk3vPq8L"])"#, "token=Zk3vPq8L"),
            (r#"driver.find_element(By.ID, "password").send_keys("Zk3vPq8L")"#, ""),
            (r#"password = getpass.getpass("Password: ")"#, ""),
            (r#"password = models.CharField("password", max_length=128)"#, ""),
            (r#"password = request.form["password"]"#, ""),
            (r#"password = "%s" % pw"#, ""),
            (r#"connect(user=user, password=password)"#, ""),
            (r#"token = tokens[0] if tokens else None"#, ""),
            (r#"parser.add_argument("--password", help="the password")"#, ""),
            (r#"if token == "Zk3vPq8L":"#, "token=Zk3vPq8L"),
            (r#"assert user.check_password("Zk3vPq8L")"#, ""),
            (r#"password = password.encode("utf-8")"#, ""),
            ("def f(x) -> PrivateKey:\n    \"\"\"Returns it.\"\"\"", ""),
            ("#: a :class:`Credentials` or `None`", ""),
            (r#"print("password=" + password)"#, ""),
            (r#"print(f"password={password}")"#, ""),
            (r#"print(f'password: {password}, token={tok}')"#, ""),
            (r#"wrong_password = "Zk3vPq8L""#, ""),
            ("KEY = [0x12, 0x34, 0x56]", ""),
            (
                "secret_key = [18, 52, 86, 120, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]",
                "secret_key=~123456780102030405060708090a0bff",
            ),
        ],
    );
}

#[test]
fn languages_of_the_jvm_and_dotnet() {
    check(
        "src/Main.java",
        &[
            (r#"private static final String PASSWORD = "Zk3vPq8L";"#, "PASSWORD=Zk3vPq8L"),
            (r#"props.put("password", "Zk3vPq8L");"#, "password=Zk3vPq8L"),
            (r#"props.setProperty("db.password", "Zk3vPq8L");"#, "db.password=Zk3vPq8L"),
            (r#"System.getProperty("api.key", "Zk3vPq8L")"#, "api.key=Zk3vPq8L"),
            (r#"@Value("${jwt.secret:Zk3vPq8L}")"#, "jwt.secret=Zk3vPq8L"),
            (r#"@Value("${jwt.secret}") String secret;"#, ""),
            (r#"@Login(user = "u", password = "Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"if (password.equals("Zk3vPq8L"))"#, "password=Zk3vPq8L"),
            (r#"if ("Zk3vPq8L".equals(password))"#, "password=Zk3vPq8L"),
            (r#".password("Zk3vPq8L").build()"#, "password=Zk3vPq8L"),
            (r#"char[] password = "Zk3vPq8L".toCharArray();"#, "password=Zk3vPq8L"),
            (r#"byte[] secretKey = new String("Zk3vPq8L").getBytes();"#, "secretKey=Zk3vPq8L"),
            (
                "byte[] aesKey = { (byte) 0x12, (byte)0x34, 0x56, 0x78, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -1 };",
                "aesKey=~123456780102030405060708090a0bff",
            ),
            (
                "byte[] aesKey = new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};",
                "aesKey=~0102030405060708090a0b0c0d0e0f10",
            ),
            (r#"Map.of("apiKey", "Zk3vPq8L")"#, "apiKey=Zk3vPq8L"),
            (r#"String p = rs.getString("password");"#, ""),
            (r#"String token = request.getHeader("X-Auth-Token");"#, ""),
            (
                r#"DriverManager.getConnection("jdbc:mysql://h/d?user=u&password=Zk3vPq8L")"#,
                "password=Zk3vPq8L",
            ),
            (r#"throw new Exception("password", "message")"#, ""),
        ],
    );
    check(
        "src/Main.kt",
        &[
            (r#"val password: String = "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"val password: String? = null ?: "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"mapOf("password" to "Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"const val API_KEY = "Zk3vPq8L""#, "API_KEY=Zk3vPq8L"),
            (r#"System.getenv("API_KEY") ?: "Zk3vPq8L""#, "API_KEY=Zk3vPq8L"),
            (r#"when (x) { Token.PASSWORD -> "password" }"#, ""),
        ],
    );
    check(
        "build.gradle",
        &[
            (r#"    storePassword "Zk3vPq8L""#, "storePassword=Zk3vPq8L"),
            (r#"    keyPassword 'Zk3vPq8L'"#, "keyPassword=Zk3vPq8L"),
            (r#"credentials { username 'u'; password = 'Zk3vPq8L' }"#, "password=Zk3vPq8L"),
            (r#"buildConfigField "String", "API_KEY", "\"Zk3vPq8L\"""#, "API_KEY=Zk3vPq8L"),
            (r#"configField "String", "API_KEY", "\"Zk3vPq8L\"""#, ""),
        ],
    );
    check(
        "Program.cs",
        &[
            (r#"var password = @"Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"new Login { User = "u", Password = "Zk3vPq8L" }"#, "Password=Zk3vPq8L"),
            (r#"{ "ApiKey", "Zk3vPq8L" },"#, "ApiKey=Zk3vPq8L"),
            (r#"var c = "Server=h;User Id=u;Password=Zk3 vPq8L;";"#, "Password=Zk3 vPq8L"),
            (r#"var c = "Server=h;Uid=u;Pwd=Zk3vPq8L";"#, "Pwd=Zk3vPq8L"),
            (
                r#""DefaultEndpointsProtocol=https;AccountName=a;AccountKey=Zk3vPq8L+/8==;EndpointSuffix=x""#,
                "AccountKey=Zk3vPq8L+/8==",
            ),
            (r#"config["Jwt:Secret"] ?? "Zk3vPq8L""#, "Secret=Zk3vPq8L"),
            (r#"token => "Zk3vPq8L""#, ""),
            (r#"[DllImport("x")] PublicKeyToken=b77a5c561934e089"#, ""),
        ],
    );
    check(
        "Module.vb",
        &[
            (r#"Dim password As String = "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"Const API_KEY = "Zk3v" & "Pq8L""#, "API_KEY=~Zk3vPq8L"),
        ],
    );
}

#[test]
fn compiled_languages() {
    check(
        "main.go",
        &[
            (r#"password := "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"var password string = "Zk3vPq8L""#, "password=Zk3vPq8L"),
            ("const apiKey = `Zk3vPq8L`", "apiKey=Zk3vPq8L"),
            (r#"	Password: "Zk3vPq8L","#, "Password=Zk3vPq8L"),
            (r#"var jwtSecretKey = []byte("Zk3vPq8L")"#, "jwtSecretKey=Zk3vPq8L"),
            (r#"os.Setenv("API_TOKEN", "Zk3vPq8L")"#, "API_TOKEN=Zk3vPq8L"),
            (r#"getEnv("JWT_SECRET", "Zk3vPq8L")"#, "JWT_SECRET=Zk3vPq8L"),
            (r#"req.Header.Set("X-Api-Key", "Zk3vPq8L")"#, "X-Api-Key=Zk3vPq8L"),
            (r#"dsn := "host=h user=u password=Zk3vPq8L port=1""#, "password=Zk3vPq8L"),
            (r#"token := r.Header.Get("token")"#, ""),
            (r#"auth "github.com/x/auth""#, ""),
            ("Password string `json:\"password\"`", ""),
            (r#"token, err := parse("Zk3vPq8L")"#, ""),
        ],
    );
    check(
        "main.rs",
        &[
            (r#"let password: &str = "Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"const API_KEY: &'static str = "Zk3vPq8L";"#, "API_KEY=Zk3vPq8L"),
            (r##"let secret = r#"Zk3vPq8L"#;"##, "secret=Zk3vPq8L"),
            (r#"static SIGNING_KEY: &[u8] = b"Zk3vPq8L";"#, "SIGNING_KEY=Zk3vPq8L"),
            (
                r#"let s = env::var("JWT_SECRET").unwrap_or("Zk3vPq8L".into());"#,
                "JWT_SECRET=Zk3vPq8L",
            ),
            (
                r#"let s = env::var("JWT_SECRET").unwrap_or_else(|_| "Zk3vPq8L".to_string());"#,
                "JWT_SECRET=Zk3vPq8L",
            ),
            (
                r#"let secret = env::var("X").unwrap_or_else(|_| "Zk3vPq8L".to_string());"#,
                "secret=Zk3vPq8L",
            ),
            (r#"let password = String::from("Zk3vPq8L");"#, "password=Zk3vPq8L"),
            (r#"Token::Password => "password","#, ""),
            (r#"let token = self.tokens.next("abcd");"#, ""),
            (r#"password: String,"#, ""),
            (
                "const AES_KEY: [u8; 16] = [0x00, 0x01, 0x02, 0x03, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];",
                "AES_KEY=~000102030405060708090a0b0c0d0e0f",
            ),
        ],
    );
    check(
        "main.c",
        &[
            (r#"const char *password = "Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"#define WIFI_PASSWORD "Zk3vPq8L""#, "WIFI_PASSWORD=Zk3vPq8L"),
            (r#"#define  API_KEY   ("Zk3vPq8L")"#, "API_KEY=Zk3vPq8L"),
            (r#"char password[] = "Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"if (strcmp(password, "Zk3vPq8L") == 0)"#, "password=Zk3vPq8L"),
            (r#"if (!strcmp("Zk3vPq8L", password))"#, "password=Zk3vPq8L"),
            ("const char *secret = \"Zk3v\"\n    \"Pq8L\";", "secret=~Zk3vPq8L"),
            (
                "uint8_t master_key[16] = {\n 0x00, 0x01, 0x02, 0x03,\n 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F,\n};",
                "master_key=~000102030405060708090a0b0c0d0e0f",
            ),
            (r#"wchar_t *password = L"Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"printf("password: %s", password);"#, ""),
            (r#"NSString *apiKey = @"Zk3vPq8L";"#, "apiKey=Zk3vPq8L"),
            (r#"@{@"apiKey": @"Zk3vPq8L"}"#, "apiKey=Zk3vPq8L"),
        ],
    );
    check(
        "a.swift",
        &[
            (r#"let apiKey = "Zk3vPq8L""#, "apiKey=Zk3vPq8L"),
            (r#"var password: String = "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"Auth(user: "u", secret: "Zk3vPq8L")"#, "secret=Zk3vPq8L"),
            (r#"["password": "Zk3vPq8L"]"#, "password=Zk3vPq8L"),
        ],
    );
}

#[test]
fn scripting_languages() {
    check(
        "wp-config.php",
        &[
            (r#"define('DB_PASSWORD', 'Zk3vPq8L');"#, "DB_PASSWORD=Zk3vPq8L"),
            (r#"define( 'LOGGED_IN_KEY',   'Zk3 vPq8L' );"#, "LOGGED_IN_KEY=Zk3 vPq8L"),
            (r#"define('NONCE_SALT', 'Zk3vPq8L');"#, "NONCE_SALT=Zk3vPq8L"),
            (r#"$password = "Zk3vPq8L";"#, "password=Zk3vPq8L"),
            (r#"$config['password'] = 'Zk3vPq8L';"#, "password=Zk3vPq8L"),
            (r#"'password' => 'Zk3vPq8L',"#, "password=Zk3vPq8L"),
            (r#"'password' => env('DB_PASSWORD', 'Zk3vPq8L'),"#, "password=Zk3vPq8L"),
            (r#"'key' => env('APP_KEY', 'Zk3vPq8L'),"#, "APP_KEY=Zk3vPq8L"),
            (r#"'password' => env('DB_PASSWORD', ''),"#, ""),
            (r#"'password' => ['required', 'string'],"#, ""),
            (r#"$this->password = 'Zk3vPq8L';"#, "password=Zk3vPq8L"),
            (r#"$secret = getenv('SECRET') ?: 'Zk3vPq8L';"#, "secret=Zk3vPq8L"),
            (r#"$secret = 'Zk3v' . 'Pq8L';"#, "secret=~Zk3vPq8L"),
            (r#"$secret = 'Zk3v' . $x;"#, ""),
            (r#"$password = $_POST['password'];"#, ""),
            (r#"$password = trim($x);"#, ""),
            (r#"'cookieValidationKey' => 'Zk3vPq8L',"#, "cookieValidationKey=Zk3vPq8L"),
        ],
    );
    check(
        "config/a.rb",
        &[
            (r#"config.secret_key = "Zk3vPq8L""#, "config.secret_key=Zk3vPq8L"),
            (r#":password => "Zk3vPq8L","#, "password=Zk3vPq8L"),
            (r#"password: "Zk3vPq8L","#, "password=Zk3vPq8L"),
            (r#"set :db_password, "Zk3vPq8L""#, "db_password=Zk3vPq8L"),
            (r#"ENV['API_KEY'] ||= 'Zk3vPq8L'"#, "API_KEY=Zk3vPq8L"),
            (r#"ENV.fetch("API_KEY", "Zk3vPq8L")"#, "API_KEY=Zk3vPq8L"),
            (r#"x[:password] = "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"  password "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"fill_in 'Password', with: 'Zk3vPq8L'"#, ""),
            (r##"password = "#{x}""##, ""),
            (r#"has_secure_password"#, ""),
        ],
    );
    check(
        "a.pl",
        &[
            (r#"my $password = 'Zk3vPq8L';"#, "password=Zk3vPq8L"),
            (r#"password => 'Zk3vPq8L',"#, "password=Zk3vPq8L"),
            (r#"$h{password} = 'Zk3vPq8L';"#, "password=Zk3vPq8L"),
            (r#"if ($password eq 'Zk3vPq8L') {"#, "password=Zk3vPq8L"),
        ],
    );
    check(
        "a.ps1",
        &[
            (
                r#"$password = ConvertTo-SecureString "Zk3vPq8L" -AsPlainText -Force"#,
                "password=Zk3vPq8L",
            ),
            (r#"$env:API_TOKEN = "Zk3vPq8L""#, "API_TOKEN=Zk3vPq8L"),
            (r#"New-User -Password "Zk3vPq8L""#, "Password=Zk3vPq8L"),
            (r#"New-User -Password $pw"#, ""),
        ],
    );
    check(
        "a.exs",
        &[
            (r#"config :app, secret_key_base: "Zk3vPq8L""#, "secret_key_base=Zk3vPq8L"),
            (r#"System.get_env("API_KEY") || "Zk3vPq8L""#, "API_KEY=Zk3vPq8L"),
        ],
    );
    check(
        "a.erl",
        &[
            (r#"-define(PASSWORD, "Zk3vPq8L")."#, "PASSWORD=Zk3vPq8L"),
            (r#"{password, "Zk3vPq8L"}"#, "password=Zk3vPq8L"),
            (r#"{password, <<"Zk3vPq8L">>}"#, "password=Zk3vPq8L"),
        ],
    );
    check("a.clj", &[(r#"{:user "u" :password "Zk3vPq8L"}"#, "password=Zk3vPq8L")]);
    check("a.R", &[(r#"password <- "Zk3vPq8L""#, "password=Zk3vPq8L")]);
    check("a.lua", &[(r#"local secret = "Zk3v" .. "Pq8L""#, "secret=~Zk3vPq8L")]);
    check(
        "main.tf",
        &[
            (r#"  password = "Zk3vPq8L""#, "password=Zk3vPq8L"),
            (r#"  password = var.db_password"#, ""),
            (r#"  password = "${var.db_password}""#, ""),
            ("  { name = \"DB_PASSWORD\"\n    value = \"Zk3vPq8L\" }", "DB_PASSWORD=Zk3vPq8L"),
            (r#"{ "name": "DB_PASSWORD", "value": "Zk3vPq8L" }"#, "DB_PASSWORD=Zk3vPq8L"),
        ],
    );
}

#[test]
fn configuration() {
    check(
        ".env",
        &[
            ("JWT_SECRET=Zk3vPq8L\nX=1", "JWT_SECRET=Zk3vPq8L"),
            ("JWT_SECRET=\"Zk3vPq8L\"", "JWT_SECRET=Zk3vPq8L"),
            ("JWT_SECRET='Zk3v Pq8L' # note", "JWT_SECRET=Zk3v Pq8L"),
            ("JWT_SECRET=Zk3v#Pq8L # note", "JWT_SECRET=Zk3v#Pq8L"),
            ("export SES_PASS=Zk3vPq8L", "SES_PASS=Zk3vPq8L"),
            ("JWT_SECRET=\nNEXT=abcdefgh", ""),
            ("JWT_SECRET=\"\"\nNEXT=\"abcdefgh\"", ""),
            ("JWT_SECRET=${OTHER}", ""),
            ("JWT_SECRET=${OTHER:-Zk3vPq8L}", "JWT_SECRET=Zk3vPq8L"),
            ("# JWT_SECRET=Zk3vPq8L", "JWT_SECRET=Zk3vPq8L"),
            ("JWT_SECRET=Zk3vPq8L\r\nX=1", "JWT_SECRET=Zk3vPq8L"),
            ("JWT_SECRET_FILE=/run/secret", ""),
            ("DATABASE_URL=postgres://h/d?password=Zk3vPq8L", "password=Zk3vPq8L"),
        ],
    );
    check(
        "config/app.yml",
        &[
            ("password: Zk3vPq8L\nx: 1", "password=Zk3vPq8L"),
            ("  password: \"Zk3vPq8L\"", "password=Zk3vPq8L"),
            ("  'password': 'Zk3v''Pq8L'", "password=~Zk3v'Pq8L"),
            ("password:\n  secretKeyRef:\n    name: x", ""),
            ("password: {{ vault_password }}", ""),
            ("password: \"{{ vault_password }}\"", ""),
            ("token: ${{ secrets.GITHUB_TOKEN }}", ""),
            ("password: ${DB_PASSWORD:-Zk3vPq8L}", "password=Zk3vPq8L"),
            ("password: ${DB_PASSWORD:Zk3vPq8L}", "password=Zk3vPq8L"),
            ("password: ${DB_PASSWORD:?must be set}", ""),
            ("password: !vault |\n  $ANSIBLE_VAULT;1.1;AES256", ""),
            ("password: !Ref Password", ""),
            ("password: &pw Zk3vPq8L", "password=Zk3vPq8L"),
            ("password: *pw1234", ""),
            ("password: |\n  Zk3v\n  Pq8L\nnext: 1", "password=~Zk3v\nPq8L"),
            ("password: >-\n  Zk3vPq8L\n", "password=Zk3vPq8L"),
            ("- name: DB_PASSWORD\n  value: Zk3vPq8L", "DB_PASSWORD=Zk3vPq8L"),
            ("- name: DB_PASSWORD\n  value: \"Zk3vPq8L\"", "DB_PASSWORD=Zk3vPq8L"),
            ("- name: \"DB_PASSWORD\"\n  value: \"Zk3vPq8L\"", "DB_PASSWORD=Zk3vPq8L"),
            ("- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef:", ""),
            ("- name: api_key\n  in: header\n- name: x\n  value: abcdefgh", ""),
            ("- DB_PASSWORD=Zk3vPq8L\n- X=1", "DB_PASSWORD=Zk3vPq8L"),
            ("- \"DB_PASSWORD=Zk3vPq8L\"", "DB_PASSWORD=Zk3vPq8L"),
            ("command: redis-server --requirepass Zk3vPq8L", "requirepass=Zk3vPq8L"),
            ("command: [\"x\", \"--password\", \"Zk3vPq8L\"]", "password=Zk3vPq8L"),
            ("args: [\"--token=Zk3vPq8L\"]", "token=Zk3vPq8L"),
            ("db: {user: u, password: Zk3vPq8L, x: 1}", "password=Zk3vPq8L"),
            ("run: |\n  export API_TOKEN=Zk3vPq8L && npm run x", "API_TOKEN=Zk3vPq8L"),
            ("ConnectionString: Server=h;User Id=u;Password=Zk3vPq8L;X=1", "Password=Zk3vPq8L"),
            ("id-token: write", "id-token=write"),
            ("password: Zk3vPq8L # note", "password=Zk3vPq8L"),
            ("secretName: my-secret", ""),
            ("X-Api-Key:\n    - Zk3vPq8L\n", "X-Api-Key=Zk3vPq8L"),
            ("secret:\n  - name: abcd\n", ""),
            ("imagePullSecrets:\n  - name: regcred", ""),
        ],
    );
    check(
        "application.properties",
        &[
            ("spring.datasource.password=Zk3vPq8L", "spring.datasource.password=Zk3vPq8L"),
            ("spring.datasource.password = Zk3v Pq8L", "spring.datasource.password=Zk3v Pq8L"),
            ("spring.datasource.password:Zk3vPq8L", "spring.datasource.password=Zk3vPq8L"),
            ("jwt.secret=${JWT_SECRET:Zk3vPq8L}", "jwt.secret=Zk3vPq8L"),
            ("jwt.secret=${JWT_SECRET}", ""),
            ("app.storage-secret-key=Zk3vPq8L", "app.storage-secret-key=Zk3vPq8L"),
        ],
    );
    check(
        "settings.ini",
        &[
            ("[a]\npassword = Zk3vPq8L", "password=Zk3vPq8L"),
            (";password=Zk3vPq8L", "password=Zk3vPq8L"),
        ],
    );
    check(
        "conf.toml",
        &[
            ("password = \"Zk3vPq8L\"", "password=Zk3vPq8L"),
            ("password = '''Zk3vPq8L'''", "password=Zk3vPq8L"),
            ("db = { password = \"Zk3vPq8L\", x = 1 }", "password=Zk3vPq8L"),
        ],
    );
    check(
        "redis.conf",
        &[
            ("requirepass Zk3vPq8L", "requirepass=Zk3vPq8L"),
            ("masterauth Zk3vPq8L\n", "masterauth=Zk3vPq8L"),
            ("proxy_pass http://backend;", ""),
            ("proxy_set_header X-Api-Key Zk3vPq8L;", "X-Api-Key=Zk3vPq8L"),
            ("proxy_set_header X-Api-Key \"Zk3vPq8L\";", "X-Api-Key=Zk3vPq8L"),
            ("set $api_key Zk3vPq8L;", "api_key=Zk3vPq8L"),
            ("password = \"Zk3vPq8L\";", "password=Zk3vPq8L"),
        ],
    );
    check(".netrc", &[("machine h login u password Zk3vPq8L", "password=Zk3vPq8L")]);
    check(
        ".npmrc",
        &[
            ("//registry.npmjs.org/:_authToken=Zk3vPq8L", "_authToken=Zk3vPq8L"),
            ("_auth=dXNlcjpaazN2UHE4TA==", "_auth=dXNlcjpaazN2UHE4TA=="),
            ("//registry.npmjs.org/:_authToken=${NPM_TOKEN}", ""),
        ],
    );
}

#[test]
fn shells() {
    check(
        "run.sh",
        &[
            ("export DB_PASSWORD=Zk3vPq8L", "DB_PASSWORD=Zk3vPq8L"),
            ("DB_PASSWORD=\"Zk3vPq8L\" ./run", "DB_PASSWORD=Zk3vPq8L"),
            ("DB_PASSWORD=Zk3vPq8L ./run", "DB_PASSWORD=Zk3vPq8L"),
            ("DB_PASSWORD=$(cat x)", ""),
            ("DB_PASSWORD=$OTHER", ""),
            ("DB_PASSWORD=${DB_PASSWORD:-Zk3vPq8L}", "DB_PASSWORD=Zk3vPq8L"),
            ("tool --password Zk3vPq8L --x", "password=Zk3vPq8L"),
            ("tool --password 'Zk3vPq8L'", "password=Zk3vPq8L"),
            ("tool --api-key=Zk3vPq8L", "api-key=Zk3vPq8L"),
            (
                "keytool -storepass Zk3vPq8L -keypass Pq8LZk3v",
                "storepass=Zk3vPq8L & keypass=Pq8LZk3v",
            ),
            (
                "java -Djavax.net.ssl.keyStorePassword=Zk3vPq8L -jar x",
                "javax.net.ssl.keyStorePassword=Zk3vPq8L",
            ),
            (
                "kubectl create secret generic x --from-literal=password=Zk3vPq8L",
                "password=Zk3vPq8L",
            ),
            ("docker run -e API_TOKEN=Zk3vPq8L x", "API_TOKEN=Zk3vPq8L"),
            ("tool --password --x", ""),
            ("tool --password $PW", ""),
            ("if [ \"$PASSWORD\" == \"Zk3vPq8L\" ]; then", ""),
            ("curl \"https://h/x?api_key=Zk3vPq8L&y=1\"", "api_key=Zk3vPq8L"),
            ("curl -d '{\"password\":\"Zk3vPq8L\"}' h", "password=Zk3vPq8L"),
            ("curl -H 'X-Api-Key: Zk3vPq8L' h", "X-Api-Key=Zk3vPq8L"),
            ("curl -H \"X-Api-Key: $KEY_X\" h", ""),
            ("echo \"password: not set\"", ""),
            ("read -p \"Password: \" password", ""),
        ],
    );
    check(
        "Dockerfile",
        &[
            ("ENV DB_PASSWORD=Zk3vPq8L X=1", "DB_PASSWORD=Zk3vPq8L"),
            ("ENV DB_PASSWORD Zk3vPq8L", "DB_PASSWORD=Zk3vPq8L"),
            ("ARG API_TOKEN=Zk3vPq8L", "API_TOKEN=Zk3vPq8L"),
            ("ENV API_TOKEN=$API_TOKEN", ""),
        ],
    );
    check(
        "run.bat",
        &[
            ("set PASSWORD=Zk3vPq8L\r\n", "PASSWORD=Zk3vPq8L"),
            ("setx API_TOKEN Zk3vPq8L", "API_TOKEN=Zk3vPq8L"),
            ("set PASSWORD=%OTHER%", ""),
        ],
    );
    check(
        "Makefile",
        &[
            ("DB_PASSWORD := Zk3vPq8L", "DB_PASSWORD=Zk3vPq8L"),
            ("DB_PASSWORD ?= Zk3vPq8L", "DB_PASSWORD=Zk3vPq8L"),
        ],
    );
}

#[test]
fn json_and_markup() {
    check(
        "appsettings.json",
        &[
            ("\"Password\": \"Zk3vPq8L\"", "Password=Zk3vPq8L"),
            ("\"ApiKey\" : \"Zk3vPq8L\"", "ApiKey=Zk3vPq8L"),
            ("{\"name\":\"DB_PASSWORD\",\"value\":\"Zk3vPq8L\"}", "DB_PASSWORD=Zk3vPq8L"),
            (
                "{\n \"key\": \"api_token\",\n \"value\": \"Zk3vPq8L\",\n \"type\": \"x\"}",
                "api_token=Zk3vPq8L",
            ),
            ("{\"key\":\"token\",\"type\":\"any\",\"value\":\"Zk3vPq8L\"}", "token=Zk3vPq8L"),
            (
                "\"Default\": \"Server=h;Database=d;User Id=u;Password=Zk3vPq8L;\"",
                "Password=Zk3vPq8L",
            ),
            ("[\"POSTGRES_PASSWORD=Zk3vPq8L\"]", "POSTGRES_PASSWORD=Zk3vPq8L"),
            ("\"source\": [\"password = \\\"Zk3vPq8L\\\"\\n\"]", "password=Zk3vPq8L"),
            ("\"source\": [\"PASSWORD = 'Zk3vPq8L'\\n\"]", "PASSWORD=Zk3vPq8L"),
            ("\"auth\": \"dXNlcjpaazN2UHE4TA==\"", "auth=dXNlcjpaazN2UHE4TA=="),
            ("\"password\": null, \"token\": true", ""),
            ("\"password\": \"\"", ""),
            ("\"body\": \"grant=x&client_secret=Zk3vPq8L\"", "client_secret=Zk3vPq8L"),
            ("\"required\": [\"password\", \"token\"]", ""),
            ("\"X-Api-Key\": [\n \"Zk3vPq8L\"\n ]", "X-Api-Key=Zk3vPq8L"),
            ("\"password\": [\"required\", \"string\"]", ""),
        ],
    );
    check(
        "web.config",
        &[
            ("<add key=\"ApiKey\" value=\"Zk3vPq8L\" />", "ApiKey=Zk3vPq8L"),
            ("<password>Zk3vPq8L</password>", "password=Zk3vPq8L"),
            ("<ns:password type=\"x\">\n  Zk3vPq8L\n</ns:password>", "password=Zk3vPq8L"),
            ("<password><![CDATA[Zk3vPq8L]]></password>", "password=Zk3vPq8L"),
            ("<property name=\"password\">Zk3vPq8L</property>", "password=Zk3vPq8L"),
            ("<property name=\"password\" value=\"Zk3vPq8L\"/>", "password=Zk3vPq8L"),
            ("<entry key=\"db.password\">Zk3vPq8L</entry>", "db.password=Zk3vPq8L"),
            ("<string name=\"api_key\">Zk3vPq8L</string>", "api_key=Zk3vPq8L"),
            (
                "<setting name=\"Password\" serializeAs=\"String\"><value>Zk3vPq8L</value></setting>",
                "Password=Zk3vPq8L",
            ),
            ("<key>clientSecret</key>\n<string>Zk3vPq8L</string>", "clientSecret=Zk3vPq8L"),
            ("<name>db.password</name>\n<value>Zk3vPq8L</value>", "db.password=Zk3vPq8L"),
            ("<server username=\"u\" password=\"Zk3vPq8L\"/>", "password=Zk3vPq8L"),
            ("<input type=\"password\" name=\"p\" value=\"Zk3vPq8L\">", "password=Zk3vPq8L"),
            ("connectionString=\"Server=h;User Id=u;Password=Zk3vPq8L;\"", "Password=Zk3vPq8L"),
            ("<password>${db.password}</password>", ""),
            ("<label for=\"password\">Password</label>", ""),
            ("<input type=\"password\" id=\"password\" placeholder=\"Password\">", ""),
            ("publicKeyToken=\"b77a5c561934e089\"", ""),
            ("<password>Zk3vPq8L</passwort>", ""),
        ],
    );
}

#[test]
fn prose() {
    check(
        "README.md",
        &[
            ("Password: Zk3vPq8L\n", "Password=Zk3vPq8L"),
            ("**Password**: Zk3vPq8L", "Password=Zk3vPq8L"),
            ("**Password:** `Zk3vPq8L`", "Password=Zk3vPq8L"),
            ("The password is `Zk3vPq8L`.", "password=Zk3vPq8L"),
            ("the password is wrong", ""),
            ("| password | Zk3vPq8L |", "password=Zk3vPq8L"),
            ("| `password` | `Zk3vPq8L` |", "password=Zk3vPq8L"),
            ("| password | the password of the user |", ""),
            ("password: the password of the user", ""),
            ("API key: Zk3vPq8L", "API key=Zk3vPq8L"),
            ("export API_TOKEN=Zk3vPq8L", "API_TOKEN=Zk3vPq8L"),
            ("`API_TOKEN=Zk3vPq8L`", "API_TOKEN=Zk3vPq8L"),
            ("password = \"Zk3vPq8L\"", "password=Zk3vPq8L"),
            ("tool --password Zk3vPq8L", "password=Zk3vPq8L"),
            ("  --password   Password of the user", ""),
            ("  --password Password of the user", ""),
            ("--token <token>", ""),
            ("```ts\nx({\n  secret: process.env.SECRET_X!,\n})\n```", ""),
            (
                "```ts\nx({\n  secret: process.env.SECRET_X || 'Zk3vPq8L',\n})\n```",
                "secret=Zk3vPq8L",
            ),
            ("密码：Zk3vPq8L", "密码=Zk3vPq8L"),
            ("Contraseña: Zk3vPq8L", "Contraseña=Zk3vPq8L"),
            ("Kennwort: Zk3vPq8L", "Kennwort=Zk3vPq8L"),
        ],
    );
}

#[test]
fn unknown_files() {
    check(
        "dump",
        &[
            ("password: Zk3vPq8L", "password=Zk3vPq8L"),
            ("password=Zk3vPq8L user=x", "password=Zk3vPq8L"),
            ("password = \"Zk3vPq8L\"", "password=Zk3vPq8L"),
            ("password = getPassword();", ""),
        ],
    );
}

#[test]
fn regions_stay_inside_whatever_the_text() {
    // A small generator of numbers; the texts are the same in every run.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % 1_000_003).unwrap_or(0) % below
    };
    let pieces = [
        "password",
        "secret",
        "token",
        "key",
        "API_KEY",
        "auth",
        "\"",
        "'",
        "`",
        "\\",
        "\\\"",
        "=",
        ":",
        "=>",
        ":=",
        "==",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        "<",
        ">",
        "</",
        ",",
        ";",
        "|",
        "||",
        "??",
        "$",
        "${",
        "{{",
        "}}",
        "#",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "-",
        "--",
        "&",
        "?",
        "é",
        "密",
        "：",
        "abcd",
        "Zk3vPq8L",
        "0x12",
        "1,",
        "value",
        "name",
        ".",
        "+",
        "/*",
        "!!str ",
        "|-",
        "<![CDATA[",
        "\"\"\"",
        "equals",
        "set",
        "is ",
        "*",
        "**",
        "%",
        "u8",
        "r#",
    ];
    for path in [
        "a.js", "a.yml", "a.sh", "a.json", "a.xml", "a.md", "a.sql", "a", ".env", "a.clj", "x.conf",
    ] {
        let file = File::new(path, file_role(path, None));
        for _ in 0..1500 {
            let text: String = (0..next(24)).map(|_| pieces[next(pieces.len())]).collect();
            for hit in hits(&text) {
                if let Some(pair) = extract(&text, hit, &file) {
                    assert!(text.get(pair.region.start..pair.region.end).is_some(), "{text:?}");
                    assert!(text.get(pair.name.region.start..pair.name.region.end).is_some());
                    assert!(pair.region.start < pair.region.end, "{text:?}");
                    let _ = generic(&pair, &text, &file);
                }
            }
        }
    }
}

#[test]
fn values_behind_braces_and_defaults_of_options() {
    check(
        "src/Options.cs",
        &[
            (r#"public string ClientSecret { get; set; } = "Zk3vPq8L";"#, "ClientSecret=Zk3vPq8L"),
            (r#"string Password { get; init; }"#, ""),
            (r#"string Password { get => "Zk3vPq8L"; }"#, ""),
        ],
    );
    check(
        "src/auth.cpp",
        &[
            (r#"const std::string db_password{"Zk3vPq8L"};"#, "db_password=Zk3vPq8L"),
            (r#"if (strcmp(password, "Zk3vPq8L") == 0) {"#, "password=Zk3vPq8L"),
            (r#"strcpy(admin_password, "Zk3vPq8L");"#, "admin_password=Zk3vPq8L"),
        ],
    );
    check(
        "main.tf",
        &[
            (
                "variable \"api_token\" {\n  type = string\n  default = \"Zk3vPq8L\"\n}\n",
                "api_token=Zk3vPq8L",
            ),
            ("variable \"api_token\" {\n  type = string\n}\nx = {\n default = \"a\"\n}", ""),
        ],
    );
    check(
        "run.py",
        &[
            (r#"p.add_argument("--password", type=str, default="Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"p.add_argument("--password", help="the default=1")"#, ""),
            (r#"if request.form["password"] != "Zk3vPq8L":"#, "password=Zk3vPq8L"),
        ],
    );
    check(
        "setup.sh",
        &[
            ("cat > x <<E\npassword = Zk3vPq8L\nE\n", "password=Zk3vPq8L"),
            ("if [ $password = Zk3vPq8L ]; then", ""),
        ],
    );
    check("Dockerfile", &[("ENV SESSION_SECRET d41c8e07b95f\n", "SESSION_SECRET=d41c8e07b95f")]);
}

#[test]
fn a_bare_key_belongs_to_its_mapping() {
    check(
        "appsettings.json",
        &[
            (r#"{"Jwt": {"Issuer": "a", "Key": "Zk3vPq8L"}}"#, "Key=Zk3vPq8L"),
            (r#"{"Jwt": {"Roles": ["a"], "Key": "Zk3vPq8L"}}"#, "Key=Zk3vPq8L"),
            (r#"{"Columns": {"Key": "Zk3vPq8L"}}"#, ""),
            (r#"{"Key": "Zk3vPq8L"}"#, ""),
        ],
    );
    check(
        "config/app.yml",
        &[
            ("encryption:\n  cipher: a\n  key: Zk3vPq8L\n", "key=Zk3vPq8L"),
            ("cache:\n  key: Zk3vPq8L\n", ""),
            ("key: Zk3vPq8L\n", ""),
        ],
    );
    check(
        "config/services.php",
        &[("'mailgun' => [\n 'domain' => 'x', 'key' => 'Zk3vPq8L' ]", "key=Zk3vPq8L")],
    );
    check("src/a.dart", &[("static const mapsKey = 'Zk3vPq8L';", "mapsKey=Zk3vPq8L")]);
}

#[test]
fn odd_places() {
    check("Keys.h", &[("#define kApiSecret @\"Zk3vPq8L\"\n", "kApiSecret=Zk3vPq8L")]);
    check("lib/api.ex", &[("@api_secret \"Zk3vPq8L\"\n", "api_secret=Zk3vPq8L")]);
    check(
        "core.clj",
        &[("(def t (or (System/getenv \"API_TOKEN\") \"Zk3vPq8L\"))", "API_TOKEN=Zk3vPq8L")],
    );
    check(
        "src/auth.c",
        &[(r#"if (strcmp(password, "Vx7!gable") == 0) return 1;"#, "password=Vx7!gable")],
    );
    check(
        "config/default.json",
        &[(r#"{ "mongo": { "user": "api", "pass": "Sedge-Otter-12" } }"#, "pass=Sedge-Otter-12")],
    );
    check(
        "hosts.ini",
        &[(
            "w ansible_user=root ansible_ssh_pass=Zk3vPq8L ansible_become_pass=Qz!7xW\n",
            "ansible_ssh_pass=Zk3vPq8L & ansible_become_pass=Qz!7xW",
        )],
    );
    check(
        "app/build.gradle.kts",
        &[(r#"buildConfigField("String", "API_KEY", "\"Zk3vPq8L\"")"#, "API_KEY=Zk3vPq8L")],
    );
}

#[test]
fn comparisons() {
    check(
        "app/check.py",
        &[
            (r#"if password in ("Zk3vPq8L",):"#, "password=Zk3vPq8L"),
            (r#"compare_digest(password.encode(), b"Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"x(password.encode(), b"Zk3vPq8L")"#, ""),
            (r#"for password in passwords("Zk3vPq8L"):"#, ""),
        ],
    );
    check(
        "app/check.php",
        &[
            (r#"hash_equals("Zk3vPq8L", $password)"#, "password=Zk3vPq8L"),
            (r#"strcmp($password, "Zk3vPq8L") === 0"#, "password=Zk3vPq8L"),
        ],
    );
    check(
        "app/check.rb",
        &[
            (r#"secure_compare(params[:password], "Zk3vPq8L")"#, "password=Zk3vPq8L"),
            (r#"show(params[:password], "Zk3vPq8L")"#, ""),
            (r#"password.eql?("Zk3vPq8L")"#, "password=Zk3vPq8L"),
        ],
    );
    check(
        "auth.go",
        &[(r#"ConstantTimeCompare([]byte(password), []byte("Zk3vPq8L"))"#, "password=Zk3vPq8L")],
    );
}

#[test]
fn columns_of_tables() {
    let cases = [
        "| User | Password |\n|---|---:|\n| sa | `Zk3vPq8L` |\n",
        "| Password | User |\n|---|---|\n| Zk3vPq8L | sa |\n",
        "|===\n|User |Password\n\n|sa |Zk3vPq8L\n|===\n",
        "! User !! Password\n|-\n| sa || Zk3vPq8L\n",
        "||User||Password||\n|sa|Zk3vPq8L|\n",
        "| User | Password |\n+======+======+\n| sa   | Zk3vPq8L |\n",
        "- Password :: Zk3vPq8L\n",
        "Password:: Zk3vPq8L\n",
    ];
    check("docs/access.md", &cases.map(|text| (text, "Password=Zk3vPq8L")));
    check(
        "docs/hosts.rst",
        &[
            (
                "=====  ========\nUser   Password\n=====  ========\nsa     Zk3vPq8L\n=====  ========\n",
                "Password=Zk3vPq8L",
            ),
            ("   * - User\n     - Password\n   * - sa\n     - Zk3vPq8L\n", "Password=Zk3vPq8L"),
            ("Password\n    Zk3vPq8L\n", "Password=Zk3vPq8L"),
        ],
    );
    check(
        "ops/logins.csv",
        &[
            (
                "user,password\nann,Zk3vPq8L\nbob,Wm7tQr2X\n",
                "password=Zk3vPq8L & password=Wm7tQr2X",
            ),
            ("notes\nuser,password\nann,Zk3vPq8L\n", ""),
        ],
    );
    check(
        "ops/a.html",
        &[
            ("<tr><td>Password</td><td>Zk3vPq8L</td></tr>", "Password=Zk3vPq8L"),
            ("<dt>Password</dt>\n<dd>Zk3vPq8L</dd>", "Password=Zk3vPq8L"),
            (
                "<tr><th>User</th><th>Password</th></tr><tr><td>ann</td><td>Zk3vPq8L</td></tr>",
                "Password=Zk3vPq8L",
            ),
            ("<tr><td>Password</td><td>The password of the user</td></tr>", ""),
        ],
    );
    check(
        "docs/access.md",
        &[
            ("| User | Password |\n|---|---|\n| sa | the one of the team |\n", ""),
            ("| User | Password |\n|---|---|\n", ""),
            ("| User | Password |\n|---|---|\n\nZk3vPq8L\n", ""),
            ("Password:: The password of the user\n", ""),
        ],
    );
}

#[test]
fn remote_desktop_and_properties() {
    check(
        "office/srv.rdp",
        &[
            ("ClearTextPassword:s:Zk3vPq8L\n", "ClearTextPassword=Zk3vPq8L"),
            ("password 51:b:01000000D08C9DDF\n", "password=01000000D08C9DDF"),
            ("prompt for password:i:1\n", ""),
        ],
    );
    check(
        "src/app.properties",
        &[
            ("db.password=Zk\\u0033vPq8L\n", "db.password=~Zk3vPq8L"),
            ("db.password=Zk\\u00\n", "db.password=Zk\\u00"),
        ],
    );
}
