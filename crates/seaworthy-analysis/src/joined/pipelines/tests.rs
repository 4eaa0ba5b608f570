use crate::texts::snapshot;

#[test]
fn included_files_belong_to_the_pipeline() {
    let snapshot = snapshot(&[
        (".gitlab-ci.yml", "include: [/ci/a.yml, 'ci/gone.yml']\nt:\n  extends: .base\n"),
        ("ci/a.yml", "include: ci/b.yml\n"),
        ("ci/b.yml", ".base:\n  script: [x]\n"),
        ("sub/.gitlab-ci.yml", "u:\n  script: [y]\n"),
    ]);
    let pipelines = snapshot.joined().pipelines(&snapshot);
    let [pipeline] = pipelines.all() else { panic!("one pipeline") };
    assert!(pipeline.workflow().uncertain);
    let run = pipeline.workflow().jobs[0].steps[0].run.as_ref().expect("a script");
    assert_eq!(pipeline.file_of(run).as_str(), "ci/b.yml");
}

#[test]
fn only_workflows_where_github_looks_are_pipelines() {
    let text = "on: push\njobs:\n  a:\n    steps: []\n";
    let snapshot = snapshot(&[
        (".github/workflows/ci.yml", text),
        (".github/workflows/old/ci.yml", text),
        ("web/.github/workflows/ci.yml", text),
        (".github/actions/x/action.yml", "runs: {using: composite, steps: []}\n"),
        ("action.yml", "a: b\n"),
        (".circleci/config.yml", "version: 2\n"),
    ]);
    let pipelines = snapshot.joined().pipelines(&snapshot);
    let paths: Vec<&str> = pipelines.all().iter().map(|it| it.path().as_str()).collect();
    assert_eq!(paths, [".github/workflows/ci.yml"]);
    assert_eq!(pipelines.actions().len(), 1);
    assert!(pipelines.elsewhere().is_some());
    assert!(crate::joined::Pipelines::action(&snapshot, ".github/actions/x").is_some());
}

/// What the jobs of the only pipeline do, `?` where there is more.
fn shown(files: &[(&str, &'static str)]) -> String {
    let snapshot = snapshot(files);
    let pipelines = snapshot.joined().pipelines(&snapshot);
    let pipeline = &pipelines.all()[0];
    let jobs = (0..pipeline.workflow().jobs.len()).map(|job| {
        let work = pipeline.work(&snapshot, job);
        let mut words: Vec<String> = work
            .deeds
            .iter()
            .map(|deed| {
                let mask = deed.masked.map_or(String::new(), |mask| format!("!{mask:?}"));
                let production = if deed.production { "*" } else { "" };
                format!("{:?}{production}{mask}", deed.work)
            })
            .collect();
        words.extend(work.unknown.then(|| "?".to_owned()));
        words.join(" ")
    });
    jobs.collect::<Vec<_>>().join(" | ")
}

/// What a script does beside a manifest.
fn of_script(script: &str) -> String {
    let text = format!(
        "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          {}\n",
        script.replace('\n', "\n          ")
    );
    let text: &'static str = Box::leak(text.into_boxed_str());
    shown(&[
        (".github/workflows/ci.yml", text),
        (
            "package.json",
            r#"{"workspaces": ["web"], "scripts": {
                "lint": "eslint .", "pretest": "npm run lint", "test": "vitest run",
                "build": "next build", "ci": "run-s lint build", "scan": "npm audit || true",
                "all": "turbo run test", "loop": "npm run loop", "e2e:a": "playwright test",
                "db": "prisma migrate deploy && tsx prisma/seed.ts"
            }}"#,
        ),
        (
            "web/package.json",
            r#"{"name": "@acme/web", "scripts": {"test": "jest", "types": "tsc --noEmit"}}"#,
        ),
        ("Makefile", "X := 1\nci: lint ## all\n\tnpm test\nlint:\n\t@npx eslint .\n"),
        ("scripts/deploy.sh", "#!/bin/sh\nset -e\nrsync -a dist/ deploy@host:/srv\n"),
    ])
}

#[test]
fn scripts_are_followed_to_what_they_do() {
    let mut problems = Vec::new();
    for (script, want) in [
        ("npm ci\nnpm test", "Lint Test"),
        ("npm run build -- --debug", "Build Typecheck"),
        ("npm run ci", "Lint Build Typecheck"),
        ("npm run scan", "Scan!Or"),
        ("cd web && npm test", "Test"),
        ("(cd web; npm run types)\nnpm run lint", "Typecheck Lint"),
        ("npm --prefix web run types", "Typecheck"),
        ("npm run types -w @acme/web", "Typecheck"),
        ("pnpm --filter @acme/web test", "Test"),
        ("pnpm -r test", "Lint Test Test"),
        ("yarn workspace @acme/web types", "Typecheck"),
        ("yarn jest --coverage", "Test Coverage"),
        ("npm run e2e:*", "Test"),
        ("npx -y eslint@9 .", "Lint"),
        ("npm run db", "Migrate Seed"),
        ("npm run loop", "?"),
        ("npm run gone", "?"),
        ("npm run test:gone", "Test ?"),
        ("npm test || true", "Lint!Or Test!Or"),
        ("npx eslint . || { echo no; exit 1; }", "Lint"),
        ("npx eslint . && npx jest || echo failed", "Lint!Or Test!Or"),
        ("make ci", "Lint Lint Test"),
        ("make gone", "?"),
        ("./scripts/deploy.sh", "Deploy"),
        ("bash scripts/deploy.sh", "Deploy"),
        ("./scripts/gone.sh", "?"),
        ("vercel --prod --token x", "Deploy*"),
        ("vercel pull --yes", ""),
        ("trivy image x", "Scan!Flag"),
        ("trivy image --exit-code 1 x", "Scan"),
        ("docker compose up -d", ""),
        ("docker compose run web npm test", "?"),
        ("ssh deploy@host 'cd app && git pull && docker compose up -d'", "Deploy"),
        ("frobnicate", "?"),
        ("$RUNNER test", "?"),
        ("# npm test", ""),
        ("NODE_ENV=test sudo -E npx jest", "Test"),
        ("if [ -f x ]; then npx jest; fi", "Test"),
        ("prisma db push --accept-data-loss", "Reset"),
    ] {
        let found = of_script(script);
        if found != want {
            problems.push(format!("{script}: {found}"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn actions_and_other_workflows_are_followed() {
    let ci = r#"
on: push
jobs:
  a:
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/checks
      - uses: aquasecurity/trivy-action@v1
      - uses: github/codeql-action/analyze@v3
        continue-on-error: true
      - uses: superfly/flyctl-actions@v1
        with: { args: deploy --remote-only }
  b:
    uses: ./.github/workflows/called.yml
  c:
    uses: acme/flows/.github/workflows/x.yml@v1
  d:
    continue-on-error: true
    steps:
      - uses: acme/unknown@v1
      - run: npx jest
      - run: Invoke-Tests
        shell: pwsh
      - if: false
        run: npx eslint .
"#;
    let files = [
        (".github/workflows/a.yml", ci),
        (
            ".github/workflows/called.yml",
            "on: workflow_call\njobs:\n  a:\n    steps:\n      - run: npx eslint .\n",
        ),
        (
            ".github/actions/checks/action.yml",
            "runs:\n  using: composite\n  steps:\n    - run: npx jest\n      shell: bash\n",
        ),
    ];
    assert_eq!(shown(&files), "Test Scan!Flag Scan!Continues Deploy | Lint | ? | Test!Continues ?");
}
