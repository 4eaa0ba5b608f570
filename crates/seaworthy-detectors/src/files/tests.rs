use super::*;

/// The secrets of a file: effective text, user and host, and what is pointed at.
fn read(path: &str, text: &str) -> Vec<(String, String, String)> {
    let mut out = Vec::new();
    scan(path, text, &mut out);
    for found in &out {
        assert!(text.get(found.region.range()).is_some(), "{path}");
    }
    out.iter()
        .map(|found| {
            let user = found.user.clone().unwrap_or_default();
            let host = found.host.clone().unwrap_or_default();
            (found.secret.0.clone(), user, host)
        })
        .collect()
}

fn values(path: &str, text: &str) -> Vec<String> {
    read(path, text).into_iter().map(|(value, _, _)| value).collect()
}

#[test]
fn users_and_hosts_go_with_their_passwords() {
    let cases = [
        (
            ".netrc",
            "machine git.port.net login ada password q7-Tide\n",
            "q7-Tide",
            "ada",
            "git.port.net",
        ),
        (
            "a/_netrc",
            "machine git.port.net\n  login ada\n\tpassword \"q7-Tide\"\n",
            "q7-Tide",
            "ada",
            "git.port.net",
        ),
        (".netrc", "default login anna password q7-Tide", "q7-Tide", "anna", ""),
        (".netrc", "machine h password #q7", "#q7", "", "h"),
        (
            ".fetchmailrc",
            "poll mail.port.net proto imap user 'ada', password 'q7-Tide';",
            "q7-Tide",
            "ada",
            "mail.port.net",
        ),
        (".pgpass", "# c\ndb.port.net:5432:*:ada:q7\\:Tide\n", "q7:Tide", "ada", "db.port.net"),
        ("x/pgpass.conf", "*:*:*:ada:q7-Tide\r\n", "q7-Tide", "ada", "*"),
        (".npmrc", "//npm.port.net/:_authToken=q7Tide9\n", "q7Tide9", "", "npm.port.net"),
        (".npmrc", "_auth=YWRhOnE3LVRpZGU=\n", "q7-Tide", "ada", ""),
        (
            ".npmrc",
            "//npm.port.net/:username=ada\n//npm.port.net/:_password=\"cTctVGlkZQ==\"\n",
            "q7-Tide",
            "ada",
            "npm.port.net",
        ),
        (".yarnrc", "\"//npm.port.net/:_authToken\" \"q7Tide9\"\n", "q7Tide9", "", "npm.port.net"),
        (".yarnrc.yml", "npmRegistries:\n  //x:\n    npmAuthToken: q7Tide9\n", "q7Tide9", "", ""),
        (
            ".pypirc",
            "[pypi]\nrepository: https://p\nusername: ada\npassword: q7-Tide\n",
            "q7-Tide",
            "ada",
            "https://p",
        ),
        (
            ".docker/config.json",
            r#"{"auths":{"r.port.net":{"auth":"YWRhOnE3LVRpZGU="}}}"#,
            "q7-Tide",
            "ada",
            "r.port.net",
        ),
        (
            ".dockercfg",
            r#"{"r.port.net":{"auth":"YWRhOnE3LVRpZGU=","email":"a@b.c"}}"#,
            "q7-Tide",
            "ada",
            "r.port.net",
        ),
        (".htpasswd", "ada:rqXexS6ZhobKA\n", "rqXexS6ZhobKA", "ada", ""),
        ("etc/shadow", "ada:rqXexS6ZhobKA:19000:0:99999:7:::\n", "rqXexS6ZhobKA", "ada", ""),
        (".s3cfg", "[default]\naccess_key = AK\nsecret_key = q7Tide/9+x\n", "q7Tide/9+x", "", ""),
        (
            "h/.aws/credentials",
            "[default]\naws_secret_access_key = q7Tide/9+x=\n",
            "q7Tide/9+x=",
            "",
            "",
        ),
        (
            ".msmtprc",
            "host smtp.port.net\nuser ada\npassword q7-Tide=\n",
            "q7-Tide=",
            "ada",
            "smtp.port.net",
        ),
        (".muttrc", "set imap_user=\"ada\"\nset imap_pass = 'q7 Tide'\n", "q7 Tide", "ada", ""),
        (".my.cnf", "[client]\nuser=ada\npassword=\"q7;Tide\"\n", "q7;Tide", "ada", ""),
        (
            ".ftpconfig",
            r#"{"host":"f.port.net","user":"ada","pass":"q7-Tide"}"#,
            "q7-Tide",
            "ada",
            "f.port.net",
        ),
        (
            "x/.vscode/sftp.json",
            "{\n // c\n \"host\":\"f\",\"username\":\"ada\",\"password\":\"q7-Tide\"}",
            "q7-Tide",
            "ada",
            "f",
        ),
        (
            "sitemanager.xml",
            "<Servers><Server><Host>f</Host><User>ada</User><Pass encoding=\"base64\">cTctVGlkZQ==</Pass></Server></Servers>",
            "q7-Tide",
            "ada",
            "f",
        ),
        (
            "recentservers.xml",
            "<Server><Host>f</Host><Pass>q7&amp;Tide</Pass></Server>",
            "q7&Tide",
            "",
            "f",
        ),
        (
            "robomongo.json",
            r#"{"connections":[{"serverHost":"m","credentials":[{"userName":"ada","userPassword":"q7-Tide"}]}]}"#,
            "q7-Tide",
            "ada",
            "",
        ),
        (
            "config/database.yml",
            "production:\n  username: ada\n  password: q7-Tide\n  host: d\n",
            "q7-Tide",
            "ada",
            "d",
        ),
        (
            ".kube/config",
            "clusters:\n- cluster: {server: 'https://k.port.net:6443'}\nusers:\n- name: ada\n  user:\n    token: q7Tide9\n",
            "q7Tide9",
            "ada",
            "k.port.net",
        ),
        (
            "auth.json",
            r#"{"http-basic":{"repo.port.net":{"username":"ada","password":"q7-Tide"}}}"#,
            "q7-Tide",
            "ada",
            "repo.port.net",
        ),
        ("auth.json", r#"{"github-oauth":{"github.com":"q7Tide9"}}"#, "q7Tide9", "", "github.com"),
        (
            "conf/settings.xml",
            "<settings><servers><server><id>r</id><username>ada</username><password>q7-Tide</password></server></servers></settings>",
            "q7-Tide",
            "ada",
            "r",
        ),
        (
            "NuGet.Config",
            "<add key=\"Username\" value=\"ada\" /><add key=\"ClearTextPassword\" value=\"q7-Tide\" />",
            "q7-Tide",
            "ada",
            "",
        ),
        (
            "wp-config.php",
            "define( 'DB_USER', 'ada' );\ndefine('DB_HOST','d');\n/* x */ define( \"DB_PASSWORD\", 'q7\\'Tide' );",
            "q7'Tide",
            "ada",
            "d",
        ),
        ("proftpd.conf", "SQLConnectInfo users@d ada q7-Tide\n", "q7-Tide", "ada", "d"),
        (
            "x.ovpn",
            "dev tun\n<auth-user-pass>\nada\n q7-Tide\n</auth-user-pass>\n",
            "q7-Tide",
            "ada",
            "",
        ),
    ];
    for (path, text, value, user, host) in cases {
        let want = (value.to_owned(), user.to_owned(), host.to_owned());
        assert_eq!(read(path, text), [want], "{path}: {text}");
    }
}

#[test]
fn formats_give_up_their_secrets() {
    let hex = "0123456789abcdef".repeat(2);
    let static_key = format!(
        "<tls-auth>\n-----BEGIN OpenVPN Static key V1-----\n{}\n-----END OpenVPN Static key V1-----",
        vec![hex.as_str(); 16].join("\n")
    );
    let rdp = format!("full address:s:h\r\npassword 51:b:{}\r\n", "01AB".repeat(20));
    let cases: Vec<(&str, &str, Vec<String>)> = vec![
        ("config/master.key", &hex, vec![hex.clone()]),
        ("config/credentials/production.key", &hex, vec![hex.clone()]),
        ("x/ta.key", &static_key, vec![hex.repeat(16)]),
        ("x.rdp", &rdp, vec!["01AB".repeat(20)]),
        (
            ".vault-token",
            "hvs.q7Tide9q7Tide9q7Tide9\n",
            vec!["hvs.q7Tide9q7Tide9q7Tide9".to_owned()],
        ),
    ];
    for (path, text, want) in cases {
        assert_eq!(values(path, text), want, "{path}");
    }
    let cases: &[(&str, &str, &[&str])] = &[
        (
            ".gem/credentials",
            "---\n:rubygems_api_key: q7Tide9\nhttps://g: q8Tide9\n",
            &["q7Tide9", "q8Tide9"],
        ),
        (".cargo/credentials.toml", "[registry]\ntoken = \"q7Tide9\"\n", &["q7Tide9"]),
        (".cargo/credentials", "[registry]\ntoken = \"q7Tide9\"\n", &["q7Tide9"]),
        ("gh/hosts.yml", "github.com:\n  user: ada\n  oauth_token: q7Tide9\n", &["q7Tide9"]),
        (
            ".terraformrc",
            "credentials \"app.terraform.io\" {\n  token = \"q7Tide9\"\n}\n",
            &["q7Tide9"],
        ),
        ("credentials.tfrc.json", r#"{"credentials":{"a":{"token":"q7Tide9"}}}"#, &["q7Tide9"]),
        (".irssi/config", "servers = (\n  {\n    password = \"q7-Tide\";\n  });", &["q7-Tide"]),
        (".env.keys", "# c\nDOTENV_PRIVATE_KEY_PRODUCTION=\"q7Tide9\"\n", &["q7Tide9"]),
        (
            "config/secrets.yml",
            "production:\n  secret_key_base: q7Tide9\n  other: x\n",
            &["q7Tide9"],
        ),
        ("accessTokens.json", r#"[{"accessToken":"q7Tide9","userId":"ada"}]"#, &["q7Tide9"]),
        (
            "a/b.json",
            r#"{"type":"authorized_user","refresh_token":"q7Tide9","client_id":"x"}"#,
            &["q7Tide9"],
        ),
        (
            "logins.json",
            r#"{"logins":[{"hostname":"h","encryptedPassword":"MDIEEPgq7Tide9"}]}"#,
            &["MDIEEPgq7Tide9"],
        ),
        ("WinSCP.ini", "[Sessions\\a]\nHostName=h\nPassword=A35C755E6D\n", &["A35C755E6D"]),
        (
            "x.tfstate",
            r#"{"version":4,"terraform_version":"1.9.0","outputs":{"a":{"value":"q7Tide9","sensitive":true},"b":{"value":"no"}},"resources":[{"instances":[{"attributes":{"name":"no","password":"q8Tide9","key_arn":"arn:x","ring":"q9Tide9"},"sensitive_attributes":[[{"type":"get_attr","value":"ring"}]]}]}]}"#,
            &["q7Tide9", "q8Tide9", "q9Tide9"],
        ),
        (
            "k.yaml",
            "apiVersion: v1\nkind: Secret\ndata:\n  username: YWRh\n  password: cTctVGlkZQ==\nstringData:\n  api_key: q7Tide9\n  host: d\n",
            &["q7-Tide", "q7Tide9"],
        ),
        (
            "k.yaml",
            "kind: List\nitems:\n- kind: Secret\n  data: {password: cTctVGlkZQ==}\n",
            &["q7-Tide"],
        ),
        (
            "k.yml",
            "kind: Secret\ndata:\n  .dockerconfigjson: eyJhdXRocyI6eyJyIjp7ImF1dGgiOiJZV1JoT25FM0xWUnBaR1U9In19fQ==\n",
            &["q7-Tide"],
        ),
        (
            "e.json",
            r#"{"_postman_variable_scope":"environment","values":[{"key":"x","value":"q7Tide9","type":"secret"},{"key":"base","value":"h","type":"default"}]}"#,
            &["q7Tide9"],
        ),
        (
            "c.json",
            r#"{"info":{"_postman_id":"1"},"auth":{"type":"bearer","bearer":[{"key":"token","value":"q7Tide9"}],"apikey":[{"key":"key","value":"X-Own"},{"key":"value","value":"q8Tide9"}]}}"#,
            &["q7Tide9", "q8Tide9"],
        ),
        (
            "x.har",
            r#"{"log":{"entries":[{"request":{"headers":[{"name":"Authorization","value":"Bearer q7Tide9"},{"name":"Accept","value":"*"}],"cookies":[{"name":"sessionid","value":"q8Tide9"},{"name":"theme","value":"x"}],"postData":{"params":[{"name":"password","value":"q9-Tide"}]}}}]}}"#,
            &["q7Tide9", "q8Tide9", "q9-Tide"],
        ),
        (
            "cassettes/a.yml",
            "http_interactions:\n- request:\n    headers:\n      Authorization:\n      - Bearer q7Tide9\n      Accept:\n      - x\n",
            &["q7Tide9"],
        ),
    ];
    for (path, text, want) in cases {
        let mut found = values(path, text);
        found.sort();
        let mut want: Vec<String> = want.iter().map(|value| (*value).to_owned()).collect();
        want.sort();
        assert_eq!(found, want, "{path}: {text}");
    }
}

#[test]
fn what_is_taken_from_elsewhere_or_encrypted_is_none() {
    let cases = [
        (".npmrc", "//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"),
        (".npmrc", "registry=https://registry.npmjs.org/\nalways-auth=true\n"),
        (".netrc", "macdef init\ncd /password x\n"),
        (".netrc", "machine h login ada\n# password q7\n"),
        (".pgpass", "# host:port:db:user:password\n"),
        (".pypirc", "[distutils]\nindex-servers =\n  pypi\n# password = x\n"),
        ("k.yaml", "kind: Secret\nsops: {}\ndata:\n  password: cTctVGlkZQ==\n"),
        ("k.yaml", "kind: Secret\nstringData:\n  password: ENC[AES256_GCM,data:x]\n"),
        ("k.yaml", "kind: Secret\nstringData:\n  password: '{{ .Values.password }}'\n"),
        ("k.yaml", "kind: SealedSecret\ndata:\n  password: cTctVGlkZQ==\n"),
        ("k.yaml", "kind: ConfigMap\ndata:\n  note: 'kind: Secret'\n  password: x\n"),
        ("settings.xml", "<server><password>{COQLCE6DU6GtcS5P=}</password></server>"),
        ("sitemanager.xml", "<Server><Pass encoding=\"crypt\" pubkey=\"x\">abc</Pass></Server>"),
        (".htpasswd", "ada:$apr1$x$y\n# note:thirteenchars\n"),
        ("etc/passwd", "ada:x:1000:1000::/home/ada:/bin/bash\n"),
        ("config/master.key", "see 1Password\n"),
        ("other/secret.txt", "machine h login ada password q7\n"),
        ("config.json", r#"{"auth":"YWRhOnE3LVRpZGU="}"#),
        ("wp-config.php", "// define('DB_PASSWORD', 'q7-Tide');\ndefine('WP_DEBUG', false);\n"),
        ("c.json", r#"{"_postman_id":"1","bearer":[{"key":"token","value":"{{token}}"}]}"#),
        ("auth.json", "{}"),
    ];
    for (path, text) in cases {
        assert_eq!(values(path, text), [""; 0], "{path}: {text}");
    }
}

#[test]
fn regions_point_at_the_value_as_it_is_written() {
    let cases = [
        (".npmrc", "_auth = YWRhOnE3LVRpZGU=", "YWRhOnE3LVRpZGU="),
        (".netrc", "machine h login password password q7", "q7"),
        ("x.har", r#"{"headers":[{"name":"authorization","value":"Bearer q7Tide9"}]}"#, "q7Tide9"),
        (".my.cnf", "  password = \"q7\" # c", "q7"),
        ("proftpd.conf", "SQLConnectInfo ada@ada ada ada", "ada"),
        ("k.yaml", "kind: Secret\ndata:\n  password: cTctVGlkZQ==\n", "cTctVGlkZQ=="),
    ];
    for (path, text, want) in cases {
        let mut out = Vec::new();
        scan(path, text, &mut out);
        assert_eq!(out.len(), 1, "{path}");
        assert_eq!(&text[out[0].region.range()], want, "{path}");
    }
}

#[test]
fn any_text_is_survived() {
    let texts = [
        "machine é login ü password \"ö",
        "a:b:c:d:é\\:\\",
        "//é/:_auth=\"é\nset é=é\n\"\n'=",
        "{\"auths\":{\"é\":{\"auth\":\"é\"}},\"kind\":\"Secret\",\"_postman\":[{\"key\":\"token\",\"value\":1}]}",
        "<Server><Pass>é</Pass><server><password></server><master>é<add key=\"é",
        "define('é', \"é\\",
        "kind: Secret\ndata: &a\n  password: *a\n",
        "-----BEGIN OpenVPN Static key V1-----<auth-user-pass>é\né</auth-user-pass>",
        "password 51:b:é\nSQLConnectInfo é é é",
    ];
    let paths = [
        ".netrc",
        ".pgpass",
        ".npmrc",
        ".htpasswd",
        "master.key",
        "proftpd.conf",
        ".dockercfg",
        "kubeconfig",
        "auth.json",
        "wp-config.php",
        "sitemanager.xml",
        "settings.xml",
        "nuget.config",
        "a.yml",
        "a.json",
        "a.har",
        "a.tfstate",
        "a.ovpn",
        "a.rdp",
        ".my.cnf",
        "secrets.yml",
        ".fetchmailrc",
        ".vault-token",
        ".gem/credentials",
        "é",
        "",
    ];
    for text in texts {
        for cut in (0..=text.len()).filter(|&cut| text.is_char_boundary(cut)) {
            for path in paths {
                read(path, &text[..cut]);
                read(path, &text[cut..]);
            }
        }
    }
}

#[test]
fn secrets_of_daemons_and_tables_are_known_by_their_place() {
    let cases = [
        ("etc/ppp/chap-secrets", "# c\nada * \"q7 Tide\" *\n", "q7 Tide", "ada", "*"),
        (
            ".davfs2/secrets",
            "https://d.port.net ada q7-Tide\n",
            "q7-Tide",
            "ada",
            "https://d.port.net",
        ),
        ("sasl_passwd", "[m.port.net]:587 ada:q7-Tide\n", "q7-Tide", "ada", "[m.port.net]:587"),
        ("rsyncd.secrets", "ada:q7-Tide\n", "q7-Tide", "ada", ""),
        ("ipsec.secrets", "10.0.0.1 %any : PSK \"q7-Tide\"\n", "q7-Tide", "10.0.0.1", ""),
        (
            ".htdigest",
            "ada:port:d41c8e07b95f3a26c1e8047f9ab35d62\n",
            "d41c8e07b95f3a26c1e8047f9ab35d62",
            "ada",
            "",
        ),
        ("vpn/auth.txt", "ada\n q7-Tide\n", "q7-Tide", "ada", ""),
        (
            "accessKeys.csv",
            "User name,Access key ID,Secret access key\nada,AK1,\"q7,Tide\"\n",
            "q7,Tide",
            "ada",
            "",
        ),
        (".bundle/config", "---\nBUNDLE_GEMS__PORT__NET: \"ada:q7-Tide\"\n", "q7-Tide", "ada", ""),
        ("etc/ldap.conf", "base dc=x\nbindpw q7-Tide\n", "q7-Tide", "", ""),
        (
            "terraform.tfstate",
            r#"{"version":4,"resources":[{"type":"random_password","instances":[{"attributes":{"length":8,"result":"q7-Tide"}}]}]}"#,
            "q7-Tide",
            "",
            "",
        ),
    ];
    for (path, text, value, user, host) in cases {
        let want = (value.to_owned(), user.to_owned(), host.to_owned());
        assert_eq!(read(path, text), [want], "{path}");
    }
    for (path, text) in [
        (".bundle/config", "---\nBUNDLE_PATH: \"vendor/bundle\"\nBUNDLE_SSL__CA: \"true\"\n"),
        ("auth.txt", "a text\nof two lines\n"),
        ("credentials.csv", "name,age\nada,36\n"),
        ("sasl_passwd", "# [relay] user:password\n"),
    ] {
        assert_eq!(read(path, text), [], "{path}");
    }
}
