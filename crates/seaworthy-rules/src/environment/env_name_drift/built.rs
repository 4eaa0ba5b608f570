//! Build arguments that are passed under a name which the Dockerfile does not declare.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use seaworthy_analysis::roles::{Role, file_role};
use seaworthy_analysis::{Context, Document, DocumentKind, Edit, Snapshot};
use seaworthy_formats::ci::Step;
use seaworthy_formats::dockerfile::{Command, Dockerfile, Word};
use seaworthy_model::{ArtifactPath, Region};

use super::super::drift::{bucket, synonyms};

/// How many arguments with the same words are looked at.
const MOST: usize = 16;

/// The arguments that one builder passes to one Dockerfile.
struct Passed<'s> {
    dockerfile: ArtifactPath,
    by: &'s ArtifactPath,
    arguments: BTreeMap<String, Region>,
    /// Whether the places hold the names and nothing else.
    exact: bool,
}

pub(super) fn check(cx: &mut Context<'_>) {
    let snapshot = cx.snapshot();
    if snapshot.of_kind(DocumentKind::Dockerfile).next().is_none() {
        return;
    }
    let mut passed = Vec::new();
    by_compose(snapshot, &mut passed);
    by_pipelines(snapshot, &mut passed);
    let mut done = BTreeSet::new();
    let mut files: HashMap<ArtifactPath, Option<Declared<'_>>> = HashMap::new();
    for passed in passed {
        let declared = files
            .entry(passed.dockerfile.clone())
            .or_insert_with(|| dockerfile(snapshot, &passed.dockerfile).map(declared));
        let Some(declared) = declared else { continue };
        for (name, region) in &passed.arguments {
            if declared.all.contains(name.as_str()) {
                continue;
            }
            let alike = declared.open.get(&bucket(name)).into_iter().flatten().take(MOST);
            let mut alike = alike.filter(|(other, _)| {
                !passed.arguments.contains_key(*other) && synonyms(name, other)
            });
            if let Some((other, argument)) = alike.next()
                && done.insert((passed.by.clone(), *region))
            {
                report(&passed, name, *region, other, argument, cx);
            }
        }
    }
}

/// The arguments of a Dockerfile.
struct Declared<'s> {
    all: HashSet<&'s str>,
    /// Those without a default, by what their synonyms have in common.
    open: HashMap<String, Vec<(&'s str, &'s Word)>>,
}

fn dockerfile<'s>(snapshot: &'s Snapshot, path: &ArtifactPath) -> Option<&'s Dockerfile> {
    let artifact = snapshot.artifact(path.as_str())?;
    let Document::Dockerfile(file) = snapshot.document(artifact)? else { return None };
    // What an instruction for later images declares is not told.
    let later = file.instructions().iter().any(|it| matches!(it.command, Command::Onbuild(_)));
    (!later && file.errors().is_empty()).then_some(file)
}

fn declared(file: &Dockerfile) -> Declared<'_> {
    let mut places: BTreeMap<&str, Option<&Word>> = BTreeMap::new();
    for instruction in file.instructions() {
        let Command::Arg(arguments) = &instruction.command else { continue };
        for argument in arguments {
            let place = places.entry(&argument.key.raw).or_insert(Some(&argument.key));
            if argument.value.is_some() {
                *place = None;
            }
        }
    }
    let mut found = Declared { all: places.keys().copied().collect(), open: HashMap::new() };
    for (name, place) in places {
        if let Some(place) = place {
            found.open.entry(bucket(name)).or_default().push((name, place));
        }
    }
    found
}

fn by_compose<'s>(snapshot: &'s Snapshot, found: &mut Vec<Passed<'s>>) {
    let joined = snapshot.joined();
    for build in joined.images(snapshot) {
        for (stack, service) in build.services(joined.stacks()) {
            if !matches!(stack.role().role, Role::Deployable | Role::Development) {
                continue;
            }
            let Some(options) = &service.build else { continue };
            let Some(first) = options.args.first() else { continue };
            let by = &first.key.origin().artifact;
            // Of arguments from several files each would need its own place.
            if options.args.iter().any(|argument| argument.key.origin().artifact != *by) {
                continue;
            }
            let arguments = options.args.iter();
            let arguments = arguments
                .map(|argument| (argument.key.raw().to_owned(), argument.key.region()))
                .collect();
            let dockerfile = build.dockerfile().clone();
            found.push(Passed { dockerfile, by, arguments, exact: true });
        }
    }
}

fn by_pipelines<'s>(snapshot: &'s Snapshot, found: &mut Vec<Passed<'s>>) {
    for pipeline in snapshot.joined().pipelines(snapshot).all() {
        if pipeline.files().len() > 1 {
            continue;
        }
        for step in pipeline.workflow().jobs.iter().flat_map(|job| &job.steps) {
            if let Some(passed) = of_step(snapshot, pipeline.path(), step) {
                found.push(passed);
            }
        }
    }
}

/// What a step of `docker/build-push-action` passes.
fn of_step<'s>(snapshot: &Snapshot, by: &'s ArtifactPath, step: &Step) -> Option<Passed<'s>> {
    let uses = step.uses.as_ref()?.as_str();
    if !uses.starts_with("docker/build-push-action@") {
        return None;
    }
    let input = |name: &str| {
        let found = step.with.iter().find(|input| input.name.as_str() == name);
        found.and_then(|input| input.value.as_ref())
    };
    let context = input("context").map_or(".", |text| text.as_str()).trim();
    let file = match input("file") {
        Some(file) => file.as_str().trim().to_owned(),
        None => format!("{}/Dockerfile", context.trim_end_matches('/')),
    };
    let path = ArtifactPath::resolve("", &file)?;
    if context.contains("${{") || !snapshot.contains(path.as_str()) {
        return None;
    }
    let text = input("build-args")?;
    let mut arguments = BTreeMap::new();
    let mut at = 0;
    for line in text.as_str().split_inclusive('\n') {
        if let Some((name, _)) = line.trim().split_once('=')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            let start = at + line.len() - line.trim_start().len();
            arguments.insert(name.to_owned(), text.place(start..start + name.len()));
        }
        at += line.len();
    }
    Some(Passed { dockerfile: path, by, arguments, exact: false })
}

fn report(
    passed: &Passed<'_>,
    name: &str,
    region: Region,
    other: &str,
    argument: &Word,
    cx: &mut Context<'_>,
) {
    let snapshot = cx.snapshot();
    if file_role(passed.dockerfile.as_str(), None).role == Role::Docs {
        return;
    }
    let message = format!(
        "The build is given {name}, which {} does not declare; it declares {other}, which nothing \
         gives it here. The image is built with {other} empty; use one name.",
        passed.dockerfile,
    );
    let text = snapshot.artifact(passed.by.as_str()).and_then(|it| snapshot.text(it));
    let exact = passed.exact && text.is_some_and(|text| text.get(region.range()) == Some(name));
    let draft = cx.report_in(passed.by, region, message);
    draft.evidence(format!("{other}:{name}")).related(
        &passed.dockerfile,
        argument.region,
        format!("it is called {other} here"),
    );
    if exact {
        draft.fix(Edit::risky(format!("Pass it as {other}")).replace(passed.by, region, other));
    }
}
