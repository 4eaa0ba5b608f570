//! Command lines with and without secrets.

use seaworthy_detector_pack::Finder;

use super::super::near::tests as near;
use super::find;
use crate::file::Language;

#[test]
fn every_known_program_and_function_has_a_literal() {
    let covered = |name: &str| {
        near::literals(Finder::Command)
            .iter()
            .any(|literal| name.starts_with(literal.trim_end_matches(['"', ' '])))
    };
    for program in super::PROGRAMS {
        for name in program.names {
            let bare = name.trim_start_matches('-');
            assert!(covered(name) || covered(bare), "{name}");
        }
    }
    for name in super::call::names() {
        assert!(near::literals(Finder::Command).contains(&name), "{name}");
    }
}

#[test]
fn secrets_are_found_among_the_arguments() {
    let cases = [
        ("curl -u ann:¤ https://x", "ann"),
        ("curl -uann:¤ https://x", "ann"),
        ("curl -sSu 'ann:¤' https://x", "ann"),
        ("curl https://x \\\n  --user \"ann:¤\" -o f", "ann"),
        ("`curl --user=ann:¤ x`", "ann"),
        ("[\"curl\", \"-u\", \"ann:¤\", url]", "ann"),
        ("run(\"curl -u ann:¤ \" + url)", "ann"),
        ("run(\"curl -u \\\"ann:¤\\\" https://x\")", "ann"),
        ("curl_setopt($c, CURLOPT_USERPWD, \"ann:¤\");", "ann"),
        ("CURLOPT_PROXYUSERPWD => 'ann:¤',", "ann"),
        ("mysql -u root -p¤ app < dump.sql", "root"),
        ("mysqldump -uroot -p'¤' app", "root"),
        ("/usr/bin/mysql --user=root --password=¤ app", "root"),
        ("mysqladmin -u root password '¤'", "root"),
        ("\"test\": [\"CMD\", \"mysqladmin\", \"ping\", \"-uroot\", \"-p¤\"]", "root"),
        ("command:\n  - mysql\n  - -uroot\n  - -p¤\n", "root"),
        ("execFile('mysql', ['-uroot', '-p¤'])", "root"),
        ("docker exec db mariadb-dump -p¤ app", ""),
        ("requests.get(url, auth=(\"ann\", \"¤\"))", "ann"),
        ("req.basic_auth 'ann', '¤'", "ann"),
        ("client.get(u).basic_auth(\"ann\", Some(\"¤\"))", "ann"),
        ("MySQLdb.connect(\"localhost\", \"ann\", \"¤\", \"app\")", "ann"),
        ("DBI->connect($dsn, 'ann', '¤')", "ann"),
        ("nmcli dev wifi connect Net password \"¤\"", ""),
        ("dotnet user-secrets set \"Db:Password\" \"¤\"", ""),
        ("machine git.io login ann password ¤\n", "ann"),
        ("echo \"machine git.io login ann password ¤\" > ~/.netrc", "ann"),
        ("ftp -n h <<END\nuser ann ¤\nput x\nEND\n", ""),
        ("new BasicHttpCredentials(\"ann\", \"¤\")", "ann"),
        ("plink -l ann -pw ¤ host", "ann"),
        ("security unlock-keychain -p ¤ build.keychain", ""),
        ("mc alias set s3 https://h key ¤", ""),
        ("sshpass -p ¤ ssh root@h", ""),
        ("sshpass -p'¤' ssh root@h", ""),
        ("docker login -u ann -p ¤ reg.io", "ann"),
        ("docker login --username=ann --password=¤ reg.io", "ann"),
        ("az login --service-principal -u app -p ¤ --tenant t", "app"),
        ("redis-cli -h cache -a ¤ ping", ""),
        ("mongosh --host h -u ann -p ¤ --eval x", "ann"),
        ("mongo -u ann -p ¤", "ann"),
        ("openssl rsa -in k -passin pass:¤ -out x", ""),
        ("openssl enc -aes-256-cbc -k ¤ -in x", ""),
        ("keytool -genkey -storepass ¤ -x", ""),
        ("net use Z: \\\\srv\\data ¤ /user:CORP\\ann", "CORP\\ann"),
        ("net user ann ¤ /add", "ann"),
        ("psexec \\\\srv -u ann -p ¤ cmd", "ann"),
        ("htpasswd -bc /etc/nginx/.pw ann ¤", "ann"),
        ("htpasswd -nb ann ¤", "ann"),
        ("echo '¤' | sudo -S apt install x", ""),
        ("echo ¤ | docker login -u ann --password-stdin", ""),
        ("echo \"ann:¤\" | chpasswd", "ann"),
        ("docker login --password-stdin <<< '¤'", ""),
        ("printf '%s' '¤' | podman login --password-stdin", ""),
        ("smbclient //srv/x -U 'ann%¤'", "ann"),
        ("ldapsearch -x -D cn=ann -w ¤ -b dc=x", "cn=ann"),
        ("xfreerdp /u:ann /p:¤ /v:h", "ann"),
        ("lftp -u ann,¤ ftp.h", "ann"),
        ("sqlplus -s ann/¤@db @x.sql", "ann"),
        ("sqlcmd -S h -U sa -P ¤ -Q x", "sa"),
        ("kubectl create secret generic x --from-literal=pw=¤ -n y", ""),
        ("kubectl create secret generic x --from-literal pw='¤'", ""),
        ("vault kv put secret/app db=¤", ""),
        ("fly secrets set DB=¤", ""),
        ("aws configure set aws_secret_access_key ¤ --profile x", ""),
        ("gh secret set NPM --body ¤", ""),
        ("npm config set //registry.npmjs.org/:_authToken ¤", ""),
        ("composer config http-basic.repo.io ann ¤", ""),
        ("$p = ConvertTo-SecureString '¤' -AsPlainText -Force", ""),
        ("$p = ConvertTo-SecureString -String \"¤\" -AsPlainText -Force", ""),
        ("\"¤\" | ConvertTo-SecureString -AsPlainText -Force", ""),
        ("expect \"password:\"\nsend \"¤\\r\"", ""),
        ("c.expect('assword:')\nc.sendline('¤')", ""),
        ("requirepass ¤\n", ""),
        ("command: redis-server --requirepass ¤ --port 1", ""),
        ("CMD [\"redis-server\", \"--requirepass\", \"¤\"]", ""),
        ("new NetworkCredential(\"ann\", \"¤\")", "ann"),
        ("[System.Net.NetworkCredential]::new('ann', '¤')", "ann"),
        ("new PasswordAuthentication(user, \"¤\".toCharArray())", ""),
        ("requests.get(u, auth=HTTPBasicAuth('ann', '¤'))", "ann"),
        ("server.login(\"ann\", \"¤\")", "ann"),
        ("smtp.PlainAuth(\"\", \"ann\", \"¤\", host)", "ann"),
        ("DriverManager.getConnection(url, \"ann\", \"¤\")", "ann"),
        ("mysqli_connect(\"h\", \"ann\", \"¤\", \"db\")", "ann"),
    ];
    for (case, user) in cases {
        let text = case.replace('¤', "kR7tq2Vx");
        let found = near::run(find, Finder::Command, Language::Other, &text);
        let regions: Vec<&str> =
            found.iter().map(|found| &text[found.region.start..found.region.end]).collect();
        assert_eq!(regions, ["kR7tq2Vx"], "{text}");
        assert_eq!(found[0].user.as_deref().unwrap_or(""), user, "{text}");
    }
}

#[test]
fn variables_ports_and_prose_are_no_secrets() {
    let cases = [
        "curl -u $USER:$PW https://x",
        "curl -u \"${USER}:${PW}\" https://x",
        "curl -u ann https://x",
        "curl -u <user>:<password> https://x",
        "f\"curl -u {user}:{pw} x\"",
        "\"curl -u %s:%s x\"",
        "run(\"curl -u ann:\" + pw)",
        "curl -X POST https://x -d '{\"a\": 1}'",
        "libcurl -u ann:kR7tq2Vx",
        "mysql -u root -p app",
        "mysql -P 3306 -h db",
        "mysql -p\"$PW\" app",
        "mysql -p$(cat /run/pw) app",
        "[\"mysql\", \"-p\" + pw]",
        "docker run -p 8080:80 mysql",
        "docker run mysql -p 3306:3306",
        "mkdir -p dir",
        "docker login -u ann -p ${{ secrets.PW }} reg",
        "docker login -u ann --password-stdin < pw.txt",
        "echo $PW | docker login --password-stdin",
        "echo hello | sudo -s",
        "we use mysql - parts of it",
        "openssl rsa -passin env:PW -passin file:x",
        "redis-cli -h a -p 6379",
        "sqlplus / as sysdba",
        "sqlplus ann@db @dir/file.sql",
        "vault kv put secret/app @data.json",
        "vault kv put secret/app ttl=1h",
        "npm config set registry https://r.io/long/path",
        "ConvertTo-SecureString $pw -AsPlainText -Force",
        "ConvertTo-SecureString $enc -Key $key",
        "ConvertTo-SecureString '76492d1116743f0423413b16050a5345MgB8AHI' -Key $k",
        "expect \"name:\"\nsend \"kR7tq2Vx\\r\"",
        "new NetworkCredential(user, password)",
        "server.login(user, password)",
        "server.login(\"ann\", \"a\" + b)",
        "cat .htpasswd ann kR7tq2Vx",
        "kubectl create secret generic x --from-file=a",
        "net user ann /delete",
        "requirepass $REDIS_PW",
        "openssl req -passin file:x; sshpass -passin x",
        "[\"new mysqli(\", \"b\", \"kR7tq2Vx\", \"c\"]",
    ];
    for text in cases {
        assert_eq!(near::regions(find, Finder::Command, Language::Other, text), [""; 0], "{text}");
    }
}

#[test]
fn disturbed_text_is_survived() {
    near::survives(
        find,
        Finder::Command,
        &[
            "run(\"curl -u \\\"ann:p\\\" x\") mysql -p'v' \\\n app",
            "[\"mysql\", [\"-pX\", a(b)]]\n- mysql\n- \"-pX\"\n",
            "echo 'v' | sudo -S x; ConvertTo-SecureString \"v\" -AsPlainText",
            "net use Z: \\\\s\\d v /user:u; send \"v\\r\" smtp.PlainAuth(\"\", \"a\", \"b\")",
        ],
    );
}
