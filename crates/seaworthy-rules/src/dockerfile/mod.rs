//! Dockerfiles: the images that a repository ships.

pub(crate) mod releases;
mod runs;
pub(crate) mod shell;
mod shipped;
mod sources;

rules![
    dockerfile_base_eol,
    dockerfile_base_unpinned,
    dockerfile_build_without_dev_deps,
    dockerfile_expose_mismatch,
    dockerfile_healthcheck_missing,
    dockerfile_healthcheck_noop,
    dockerfile_missing_source,
    dockerfile_npm_install,
    dockerfile_secret_in_layer,
    dockerfile_seed_in_image,
    dockerfile_unknown_instruction,
    dockerfile_user_root,
];

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use seaworthy_testkit::{Fixture, run_on, snapshot};

    /// Every rule ends, by itself and with few findings.
    fn judged_to_the_end(name: &str, text: &str) {
        let fixture = Fixture::single("Dockerfile", text);
        let snapshot = snapshot(&fixture, true, seaworthy_analysis::Options::default());
        let start = std::time::Instant::now();
        for rule in super::RULES {
            let (findings, _) = run_on(rule, &snapshot);
            assert!(findings.len() <= 20_000, "{name}: {} findings", findings.len());
        }
        assert!(start.elapsed().as_secs() < 60, "{name}: {:?}", start.elapsed());
    }

    #[test]
    fn crowded_files_do_not_hold_the_rules_up() {
        let mut stages = String::from("ARG V=22\n");
        for stage in 0..250 {
            let base = if stage == 0 { "node".to_owned() } else { format!("s{}", stage - 1) };
            let _ = write!(
                stages,
                "FROM {base} AS s{stage}\nENV A{stage}=$A$V\nCOPY a{stage} .\nCOPY --from=0 x y\n\
                 RUN npm install && npm run build\n"
            );
        }
        judged_to_the_end("many stages", &stages);
        let copies: String = (0..5_000).fold(String::new(), |mut text, n| {
            let _ = writeln!(text, "COPY src/f{n}.js .env {n}/");
            text
        });
        judged_to_the_end("many copies", &format!("FROM node:18\n{copies}"));
        let long = "a && ".repeat(50_000);
        judged_to_the_end("one line", &format!("FROM node:18\nRUN {long}npm install\n"));
        judged_to_the_end("words", &format!("FROM node:18\n{}", "x\nRUN y\n".repeat(5_000)));
    }
}
