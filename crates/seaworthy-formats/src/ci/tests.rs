use super::*;

#[test]
fn a_workflow_is_read_with_its_places() {
    let source = r#"
name: deploy
on:
  push:
    branches: [main]
  workflow_dispatch:
    inputs:
      version: { type: string }
      dry: { type: boolean }
permissions:
  contents: read
env: { CI_LEVEL: "2" }
jobs:
  test:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        node: [20, 22]
        include:
          - node: 24
    services:
      db: { image: postgres:17 }
    steps:
      - uses: actions/checkout@v4
      - name: Test
        if: github.ref == 'x' && secrets.GATE
        run: |
          npm ci
          npm test -- ${{ vars.FLAGS }}
        continue-on-error: true
  ship:
    needs: test
    environment: { name: production, url: https://x.example }
    uses: ./.github/workflows/ship.yml
    secrets: inherit
"#;
    let workflow = Workflow::parse(source);
    assert_eq!(workflow.name.as_ref().unwrap().as_str(), "deploy");
    let push = workflow.trigger("push").unwrap();
    assert_eq!(push.branches[0].as_str(), "main");
    let inputs = &workflow.trigger("workflow_dispatch").unwrap().inputs;
    assert_eq!(inputs[1].1.as_ref().unwrap().as_str(), "boolean");
    assert!(matches!(&workflow.permissions, Some(Permissions::Each(each)) if each.len() == 1));
    let test = workflow.job("test").unwrap();
    let nodes: Vec<&str> = test.matrix[0].1.iter().map(Text::as_str).collect();
    assert_eq!(nodes, ["20", "22", "24"]);
    assert_eq!(test.services[0].image.as_ref().unwrap().as_str(), "postgres:17");
    let step = &test.steps[1];
    let run = step.run.as_ref().unwrap();
    let at = run.as_str().find("npm test").unwrap();
    assert_eq!(run.exact(at..at + 8).unwrap().of(source), "npm test");
    assert_eq!(run.place(0..run.as_str().len()).of(source), "npm ci");
    assert_eq!(step.run_key.unwrap().of(source), "run");
    assert_eq!(is_true(step.continue_on_error.as_ref()), Some(true));
    let ship = workflow.job("ship").unwrap();
    assert!(ship.inherits_secrets);
    assert_eq!(ship.environment.as_ref().unwrap().name.as_str(), "production");
    assert_eq!(workflow.before(1), [0]);
    assert_eq!(workflow.before(0), [0usize; 0]);
    let needed: Vec<(Store, &str, &str)> = workflow
        .needed
        .iter()
        .map(|needed| (needed.store, needed.name.as_str(), needed.region.of(source)))
        .collect();
    assert_eq!(
        needed,
        [(Store::Secrets, "GATE", "secrets.GATE"), (Store::Variables, "FLAGS", "vars.FLAGS")]
    );
}

#[test]
fn triggers_have_three_forms() {
    for (source, want) in [
        ("on: push", "push"),
        ("on: [push, pull_request]", "push pull_request"),
        ("on:\n  push:\n  issues:\n    types: [opened]", "push issues"),
        ("on:", ""),
    ] {
        let workflow = Workflow::parse(source);
        let events: Vec<&str> = workflow.triggers.iter().map(|it| it.event.as_str()).collect();
        assert_eq!(events.join(" "), want, "{source}");
    }
}

#[test]
fn what_is_used_is_told_apart() {
    let remote = |reference| Uses::Remote { owner: "a", repository: "b", path: "c/d", reference };
    for (text, want) in [
        ("./.github/actions/x/", Uses::Local(".github/actions/x")),
        ("docker://alpine:3", Uses::Docker("alpine:3")),
        ("a/b/c/d@v1", remote("v1")),
        ("a/b/c/d", remote("")),
        ("a", Uses::Unknown),
        ("${{ matrix.x }}@v1", Uses::Unknown),
    ] {
        assert_eq!(Uses::read(text), want, "{text}");
    }
}

#[test]
fn actions_are_read() {
    let action = Action::parse(
        "inputs:\n  a: {}\nruns:\n  using: composite\n  steps:\n    - run: echo\n      shell: bash\n",
    );
    assert!(action.composite && action.recognised);
    assert_eq!((action.steps.len(), action.inputs.len()), (1, 1));
    assert!(!Action::parse("a: b").recognised);
    assert!(!Action::parse("runs:\n  using: node20\n  main: x.js\n").composite);
}

#[test]
fn a_pipeline_of_gitlab_is_put_together() {
    let own = GitlabFile::parse(
        r#"
stages: [check, ship]
include:
  - local: /ci/base.yml
  - template: Jobs/SAST.gitlab-ci.yml
default:
  before_script: [npm ci]
variables:
  LEVEL: { value: "1", description: x }
lint:
  stage: check
  script: npm run lint
test:
  extends: .node
  stage: check
  allow_failure: true
  script:
    - !reference [.setup, script]
    - [npm test]
deploy:
  stage: ship
  before_script: []
  script: ["./deploy.sh"]
  environment: { name: production }
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      when: manual
early:
  stage: ship
  needs: [{ job: lint, artifacts: false }]
  script: [a]
"#,
    );
    let base = GitlabFile::parse(
        "\n.node:\n  image: node:22\n  variables: { A: b }\n  after_script: [late]\n.setup:\n  script: [setup]\n",
    );
    assert_eq!(own.includes.len(), 2);
    let workflow = Workflow::of_gitlab(&[&own, &base]);
    assert_eq!(workflow.foreign[0].as_str(), "Jobs/SAST.gitlab-ci.yml");
    let ids: Vec<&str> = workflow.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["lint", "test", "deploy", "early"]);
    let lines = |at: usize| -> Vec<String> {
        let steps = workflow.jobs[at].steps.iter();
        steps
            .map(|step| {
                let run = step.run.as_ref().unwrap();
                format!("{}@{}{}", run.as_str(), run.file(), if step.afterwards { "!" } else { "" })
            })
            .collect()
    };
    assert_eq!(lines(0), ["npm ci@0", "npm run lint@0"]);
    assert_eq!(lines(1), ["npm ci@0", "setup@1", "npm test@0", "late@1!"]);
    assert_eq!(lines(2), ["./deploy.sh@0"]);
    assert!(workflow.jobs[2].manual);
    assert_eq!(workflow.jobs[1].container.as_ref().unwrap().file(), 1);
    assert_eq!(workflow.before(2), [0, 1]);
    assert_eq!(workflow.before(3), [0]);
}

#[test]
fn what_a_pipeline_extends_may_be_missing_or_itself() {
    let file = GitlabFile::parse(
        "a:\n  extends: .gone\n  script: [x]\nb:\n  extends: b\n  script: [!reference [b, script]]\n.c: &c\n  script: [y]\nd:\n  <<: *c\n",
    );
    let workflow = Workflow::of_gitlab(&[&file]);
    let shown: Vec<(&str, bool, usize)> = workflow
        .jobs
        .iter()
        .map(|job| (job.id.as_str(), job.unknown_base, job.steps.len()))
        .collect();
    assert_eq!(shown, [("a", true, 1), ("d", false, 1)]);
}

#[test]
fn hostile_files_end() {
    let needs: String = (0..2_000).fold(String::from("on: push\njobs:\n"), |text, n| {
        format!("{text}  j{n}:\n    needs: [j{}]\n    steps: [{{run: 'x'}}]\n", (n + 1) % 2_000)
    });
    let workflow = Workflow::parse(&needs);
    assert_eq!(workflow.before(0).len(), 1_999);
    let stages: String = (0..2_000).fold(String::from("stages: [s0]\n"), |text, n| {
        format!("{text}j{n}:\n  stage: s{}\n  script: [x]\n", n % 3)
    });
    let file = GitlabFile::parse(&stages);
    let _ = Workflow::of_gitlab(&[&file]).before(5);
    for text in ["jobs: [", "jobs:\n  a: 1", "on: {{", "jobs: *x", "\t", "jobs:\n  ? [a]\n  : b"] {
        let _ = Workflow::parse(text);
        let _ = Action::parse(text);
        let _ = Workflow::of_gitlab(&[&GitlabFile::parse(text)]);
    }
}
