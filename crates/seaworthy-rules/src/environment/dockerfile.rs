//! Of a Dockerfile what an image's environment depends on: the stage that is
//! built, the image it comes from, and the variables that are set on the way.

use std::collections::HashMap;

use seaworthy_formats::dockerfile::{Base, Dockerfile};

/// The stage that is built.
pub(super) struct Image {
    /// The image that it begins with, after all stages in between.
    pub(super) base: String,
    /// The variables that `ENV` sets; as written where only the build knows what
    /// they come to.
    pub(super) env: HashMap<String, String>,
    /// The lines of `CMD` and `ENTRYPOINT` that count.
    pub(super) command: String,
}

/// The stage called `target`, or the last one.
pub(super) fn image(file: &Dockerfile, target: Option<&str>) -> Option<Image> {
    let image = file.image(file.target(target)?, &|_| None);
    let base = match image.base {
        Base::Image(name) => name,
        Base::Scratch => "scratch".to_owned(),
        Base::Stage(_) | Base::Unknown => file.stages()[*image.stages.last()?].image.raw.clone(),
    };
    let mut env = HashMap::new();
    for (name, value) in image.env {
        let written = || image.env_set_by.get(&name).and_then(|set| set.value.value.as_ref());
        let value = value.or_else(|| written().map(|word| word.raw.clone()));
        env.extend(value.map(|value| (name, value)));
    }
    let commands = [image.entrypoint, image.cmd];
    let lines: Vec<String> =
        commands.iter().flatten().map(|setting| setting.value.text()).collect();
    Some(Image { base, env, command: lines.join("\n") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str, target: Option<&str>) -> Option<Image> {
        super::image(&Dockerfile::parse(text), target)
    }

    const TEXT: &str = "\
# syntax=docker/dockerfile:1
FROM --platform=linux/amd64 node:22-alpine AS base
ENV NODE_ENV=production \\
    # a comment in between
    PORT=\"30 00\"
FROM base AS build
ENV NODE_ENV development
RUN npm run build
FROM base AS run
CMD [\"node\", \"server.js\"]
FROM nginx:1.27
";

    #[test]
    fn stages_pass_on_what_they_set() {
        let run = image(TEXT, Some("run")).expect("there is such a stage");
        assert_eq!(run.base, "node:22-alpine");
        assert_eq!(run.env["NODE_ENV"], "production");
        assert_eq!(run.env["PORT"], "30 00");
        assert!(run.command.contains("server.js"));
        let build = image(TEXT, Some("build")).expect("there is such a stage");
        assert_eq!(build.env["NODE_ENV"], "development");
        assert_eq!(image(TEXT, None).expect("there is a last stage").base, "nginx:1.27");
        assert!(image(TEXT, Some("other")).is_none());
        assert!(image("", None).is_none());
        assert_eq!(image("FROM a AS a\n", None).map(|image| image.base), Some("a".to_owned()));
    }
}
