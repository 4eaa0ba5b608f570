//! What a rule is given beside the file, and how it speaks.

use crate::{Finding, Location, Region};

/// The configuration, and the place to report to. `C` is the configuration's
/// type.
#[derive(Debug)]
pub struct Context<'p, C = ()> {
    rule: &'static str,
    config: &'p C,
    /// Whether one file is judged, so that a finding need not name its file.
    single: bool,
    findings: Vec<Finding>,
    failure: Option<String>,
}

impl<'p, C> Context<'p, C> {
    pub(crate) fn new(rule: &'static str, config: &'p C, single: bool) -> Self {
        Self { rule, config, single, findings: Vec::new(), failure: None }
    }

    /// The configuration that the user gave.
    #[must_use]
    pub fn config(&self) -> &'p C {
        self.config
    }

    /// Reports a fault in the file under judgement. The first sentence of the
    /// message stands alone; it never quotes a secret.
    ///
    /// # Panics
    /// In a rule about the repository, which judges no single file.
    pub fn report(&mut self, region: Region, message: impl Into<String>) -> &mut Finding {
        self.expect_file();
        self.add(Location { path: None, region: Some(region) }, message.into())
    }

    /// Reports a fault of the file under judgement as a whole.
    ///
    /// # Panics
    /// In a rule about the repository, which judges no single file.
    pub fn report_file(&mut self, message: impl Into<String>) -> &mut Finding {
        self.expect_file();
        self.add(Location { path: None, region: None }, message.into())
    }

    /// Reports a fault in any file of the scan; without a region in the file as a
    /// whole.
    pub fn report_in(
        &mut self,
        path: impl Into<String>,
        region: impl Into<Option<Region>>,
        message: impl Into<String>,
    ) -> &mut Finding {
        self.add(Location { path: Some(path.into()), region: region.into() }, message.into())
    }

    /// Says that the rule could not do its work. The user is told; what was
    /// reported before is dropped.
    pub fn give_up(&mut self, reason: impl Into<String>) {
        self.failure.get_or_insert(reason.into());
    }

    fn expect_file(&self) {
        assert!(self.single, "rules about the repository name the file they report in");
    }

    fn add(&mut self, location: Location, message: String) -> &mut Finding {
        self.findings.push(Finding {
            rule: self.rule.to_owned(),
            message,
            location,
            label: None,
            severity: None,
            evidence: String::new(),
            sensitive: Vec::new(),
            related: Vec::new(),
            fixes: Vec::new(),
            attributes: Vec::new(),
        });
        self.findings.last_mut().expect("a finding was just pushed")
    }

    pub(crate) fn finish(self) -> Result<Vec<Finding>, String> {
        match self.failure {
            Some(reason) => Err(format!("{}: {reason}", self.rule)),
            None => Ok(self.findings),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fix, Severity};

    #[test]
    fn edits_and_secrets_without_a_path_belong_to_the_reported_file() {
        let mut cx = Context::new("rule", &(), false);
        cx.report_in("a/.env", Region::new(0, 4), "Message.")
            .severity(Severity::Low)
            .sensitive(Region::new(2, 4))
            .related(Region::new(5, 6), "here too")
            .related_in("b", None, "and there")
            .fix(Fix::safe("Remove it").remove(Region::new(0, 4)).replace_in(
                "b",
                Region::empty(0),
                "x",
            ));
        let findings = cx.finish().expect("the rule did not give up");
        let [finding] = &findings[..] else { panic!("one finding: {findings:?}") };
        let path = Some("a/.env".to_owned());
        assert_eq!(finding.sensitive[0].path, path);
        assert_eq!(finding.related[0].location.path, path);
        assert_eq!(finding.related[1].location.region, None);
        assert_eq!(finding.fixes[0].replacements[0].path, path);
        assert_eq!(finding.fixes[0].replacements[1].path.as_deref(), Some("b"));
    }

    #[test]
    fn who_gives_up_reports_nothing_but_why() {
        let mut cx = Context::new("rule", &(), true);
        cx.report(Region::empty(0), "Message.");
        cx.give_up("no schema");
        cx.give_up("and more");
        assert_eq!(cx.finish(), Err("rule: no schema".to_owned()));
    }

    #[test]
    #[should_panic(expected = "name the file")]
    fn a_rule_about_the_repository_names_the_file() {
        Context::new("rule", &(), false).report(Region::empty(0), "Message.");
    }
}
