//! Every rule of the group on broken and on huge files: no panic, and time
//! that grows with the text.

use std::fmt::Write as _;

use seaworthy_analysis::Options;
use seaworthy_model::NotificationKind;
use seaworthy_testkit::{Fixture, run_on, snapshot};

fn run_all(fixture: &Fixture) -> usize {
    let snapshot = snapshot(fixture, true, Options::default());
    let mut findings = 0;
    for rule in super::RULES {
        let (found, notifications) = run_on(rule, &snapshot);
        findings += found.len();
        let failed = notifications.iter().find(|n| n.kind == NotificationKind::RuleFailed);
        assert!(failed.is_none(), "{}: {failed:?}\n{fixture:?}", rule.rule.id);
    }
    findings
}

/// A small generator of numbers, the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("smaller than a usize")
    }
}

const REPOSITORY: &str = "\
//- package.json
{ \"dependencies\": { \"next\": \"16.0.0\" } }
//- .env.example
JWT_SECRET=change-me # optional
API_KEY=your-key
//- .env.production
\u{feff}# setup
export APP_URL=\"http://localhost:3000\"
CORS_ORIGINS=[\"*\",'http://é.io'],x
JWT_SECRET=$(openssl rand) # note
JWT_SECRET='pa$word#1'
B=pa$$w{}rd#\\\"
K=-----BEGIN PRIVATE KEY-----
YWJj
-----END PRIVATE KEY-----
<<<<<<< HEAD
NODE_ENV=\"production \"
D: 1
//- docker-compose.prod.yml
services:
  api:
    build: { context: ., target: run }
    env_file: [.env.production, {path: x.env, required: true}]
    labels: [\"t.rule=Host(`a.example.com`)\"]
    environment:
      APP_URL: ${APP_URL:-http://localhost}
      A_SECRET: \"${A_SECRET} $B_SECRET ${C_SECRET:?é}\"
//- Dockerfile
FROM node AS run
ENV A=\"b c\" \\
  NODE_ENV=x
ARG DB_PASSWORD
//- deploy.sh
# é $É
. ./.env
ssh \"$DEPLOY_HOST:é\" \"${API_TOKEN:?}\"
cat > .env <<E
A_SECRET=$X
APP_URL=é=$Y
B_PASS='$Z'
E
//- nginx/templates/a.conf.template
server { server_name ${APP_DOMAIN}é$É$APP_DOMAIN; }
//- vercel.json
{ \"env\": { \"SMTP_PASS\": \"é\", \"A_SECRET\": 1 } }
//- .github/workflows/d.yml
on: push
jobs:
  d:
    steps:
      - uses: docker/build-push-action@v6
        with: { context: ., build-args: \"DB_PASS=é\" }
      - run: echo \"A_SECRET=${{ secrets.A_SECRET }}\" >> .env
//- src/a.ts
read(process.env.API_KEY, process.env.JWT_SECRET, `é_${SMTP_}`);
";

#[test]
fn mutated_files_do_not_make_a_rule_panic() {
    let pieces = [
        "\"", "'", "`", "\\", "$", "${", "}", "=", "#", " ", "\n", "\r\n", "é", ":", "$(", ")",
        ",", "://", "@", "[", "-", "\u{2028}",
    ];
    let whole = Fixture::parse(REPOSITORY);
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..400 {
        let mut fixture = whole.clone();
        for file in &mut fixture.files {
            let mut text: Vec<char> = file.text.chars().collect();
            for _ in 0..numbers.below(5) {
                let at = numbers.below(text.len());
                let until = at + numbers.below(4).min(text.len() - at);
                text.splice(at..until, pieces[numbers.below(pieces.len())].chars());
            }
            file.text = text.into_iter().collect();
        }
        run_all(&fixture);
    }
    assert!(run_all(&whole) > 10);
}

#[test]
fn large_and_crowded_files_are_judged_to_the_end() {
    let head = "//- package.json\n{ \"dependencies\": { \"next\": \"16.0.0\" } }\n";
    let mut lines = String::new();
    for index in 0..2_000 {
        let _ = writeln!(lines, "A{index}=a#b$c{index}d'\nB{}=1 # x", index % 700);
    }
    let long = format!("A=x{}\n", "$ab".repeat(50_000));
    for body in [
        lines,
        long,
        "A=\"x\n".repeat(2_000),
        "# optional\nnot an assignment\n".repeat(2_000),
        "JWT_SECRET=`a`$(\n".repeat(2_000),
    ] {
        let text = format!("{head}//- .env.example\n{body}//- .env.production\n{body}");
        run_all(&Fixture::parse(&text));
    }
    let mut stack = "//- compose.prod.yml\nservices:\n".to_owned();
    for index in 0..500 {
        let _ = write!(
            stack,
            "  s{index}:\n    build: .\n    env_file: [f{index}.list]\n    environment:\n      \
             S{index}_SECRET: ${{S{index}_SECRET}}\n      T{index}_URL: ${{T{index}:?x}}\n"
        );
    }
    stack
        .push_str("//- Dockerfile\nFROM node\n//- .env.production\nDB_PASSWORD=Vt7kQ29xLmZ4pR8w\n");
    assert!(run_all(&Fixture::parse(&stack)) > 500);
}
