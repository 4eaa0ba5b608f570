//! The definitions of small repositories.

use super::*;
use crate::joined::Content;
use crate::texts::snapshot;

/// `name=value standing source, bytes` of every definition.
fn shown(files: &[(&str, &str)]) -> Vec<String> {
    let snapshot = snapshot(files);
    let text_of = |path: &ArtifactPath| files.iter().find(|f| f.0 == path.as_str()).unwrap().1;
    snapshot
        .joined()
        .definitions()
        .iter()
        .map(|d| {
            let written = d.value_region.of(text_of(&d.artifact));
            format!("{} {:?} {:?} `{written}`", d.evidence(), d.standing, d.class)
        })
        .collect()
}

#[test]
fn every_place_that_sets_a_variable_is_found_with_the_bytes_that_count() {
    let compose = "
services:
  api:
    image: api
    build:
      context: .
      args:
        - NPM_TOKEN=${NPM_TOKEN:-your-token}
    environment:
      JWT_SECRET: \"${JWT_SECRET:-changeme}\"
      SET: ${SET:-default}
      PLAIN: text
      BARE:
";
    let files = [
        (".env", "SET=1\nA=x\nA=\"y\" # last\nB='${SET}'\n"),
        (".env.example", "A=\n"),
        ("docker-compose.yml", compose),
        ("vercel.json", r#"{"env": {"MODE": "on", "KEY": "@key"}}"#),
    ];
    let want = [
        "A Deployable Inert `x`",
        "A Deployable Inert `y`",
        "A Template Empty ``",
        "B Deployable Reference `${SET}`",
        "KEY Deployable Reference `@key`",
        "MODE Deployable Inert `on`",
        "SET Deployable Inert `1`",
        "api:JWT_SECRET Deployable Placeholder `changeme`",
        "api:NPM_TOKEN Deployable Placeholder `your-token`",
        "api:PLAIN Deployable Inert `text`",
        "api:SET Deployable Reference `${SET:-default}`",
    ];
    let mut found = shown(&files);
    found.sort();
    assert_eq!(found, want);
    let snapshot = snapshot(&files);
    let overridden: Vec<bool> = snapshot.joined().definitions_of("A")[..2]
        .iter()
        .map(|definition| definition.overridden)
        .collect();
    assert_eq!(overridden, [true, false]);
}

#[test]
fn a_base_file_stands_as_near_to_production_as_its_nearest_stack() {
    let base = "services:\n  db:\n    image: postgres\n    environment:\n      - PGUSER=a\n";
    let over = "services:\n  db:\n    restart: always\n";
    let alone = "services:\n  db:\n    image: postgres\n";
    let of = |files: &[(&str, &str)]| shown(files).remove(0);
    assert!(of(&[("docker-compose.yml", base)]).contains("Deployable"));
    assert!(
        of(&[("docker-compose.yml", base), ("docker-compose.prod.yml", alone)])
            .contains("Development")
    );
    assert!(
        of(&[("docker-compose.yml", base), ("docker-compose.prod.yml", over)])
            .contains("Production")
    );
    assert!(of(&[("docker-compose.test.yml", base)]).contains("Test"));
}

#[test]
fn an_env_file_that_says_development_is_a_developers() {
    let of = |text: &str| shown(&[(".env", text)]).remove(0);
    assert!(of("A=x\nNODE_ENV=development\n").contains("Development"));
    assert!(of("A=x\nAPP_ENV=\"local\"\n").contains("Development"));
    assert!(of("A=x\nNODE_ENV=production\n").contains("Deployable"));
    assert!(of("A=x\nNODE_ENV=development\nNODE_ENV=production\n").contains("Deployable"));
    let production = [(".env.production", "A=x\nNODE_ENV=development\n")];
    assert!(shown(&production).remove(0).contains("Production"));
}

#[test]
fn an_env_file_beside_one_for_production_is_a_developers() {
    let of = |files: &[(&str, &str)]| shown(files).remove(0);
    let text = "A=x\n";
    assert!(of(&[(".env", text)]).contains("Deployable"));
    assert!(of(&[(".env", text), (".env.production", "")]).contains("Development"));
    assert!(of(&[(".env", text), (".env.production.example", "")]).contains("Deployable"));
    assert!(of(&[(".env", text), ("api/.env.production", "")]).contains("Deployable"));
    assert!(of(&[("web.env", text), (".env.production", "")]).contains("Deployable"));
}

#[test]
fn the_user_beside_a_password_is_known() {
    let found = shown(&[(".env", "DB_USER=quokka\nDB_PASSWORD=quokka\n")]);
    assert!(found[0].contains("EqualsUser"), "{found:?}");
}

#[test]
fn secrets_are_equal_where_they_are_made_so() {
    let equal = |files: &[(&str, &str)]| -> Vec<bool> {
        let snapshot = snapshot(files);
        snapshot
            .joined()
            .holders()
            .iter()
            .map(|holder| match holder.secrets.as_slice() {
                [a, b] => a.equals(b),
                others => panic!("{} secrets", others.len()),
            })
            .collect()
    };
    let service = |environment: &str| {
        format!("services:\n  api:\n    image: api\n    environment:\n{environment}")
    };
    let passed = service(
        "      JWT_SECRET: ${JWT_SECRET}\n      JWT_REFRESH_SECRET: ${JWT_REFRESH_SECRET}\n",
    );
    let same =
        service("      JWT_SECRET: ${JWT_SECRET}\n      JWT_REFRESH_SECRET: ${JWT_SECRET}\n");
    let nested =
        service("      JWT_SECRET: ${JWT_SECRET}\n      JWT_REFRESH_SECRET: ${R:-${JWT_SECRET}}\n");
    let values = "JWT_SECRET=one\nJWT_REFRESH_SECRET=one\n";
    type Files<'a> = Vec<(&'a str, &'a str)>;
    let cases: [(Files<'_>, &[bool]); 6] = [
        (vec![(".env", values)], &[true]),
        (vec![(".env", "JWT_SECRET=one\nJWT_REFRESH_SECRET=${JWT_SECRET}\n")], &[true]),
        (vec![(".env", values), ("compose.yaml", &passed)], &[true, false]),
        (vec![("compose.yaml", &passed)], &[false]),
        (vec![("compose.yaml", &same)], &[true]),
        (vec![("compose.yaml", &nested)], &[true]),
    ];
    for (files, want) in cases {
        assert_eq!(equal(&files), want, "{files:?}");
    }
    let snapshot = snapshot(&[("compose.yaml", &same)]);
    let held = &snapshot.joined().holders()[0].secrets[1];
    assert_eq!(held.content, Content::Variable("JWT_SECRET".to_owned()));
}
