//! Findings and fixes, put together step by step.

use crate::{Applicability, Finding, Fix, Location, Region, Related, Replacement, Severity};

impl Finding {
    /// Deviates from the rule's usual severity.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = Some(severity);
        self
    }

    /// Names what makes this finding itself: a variable, a service, a table. No
    /// position, and never a secret.
    pub fn evidence(&mut self, evidence: impl Into<String>) -> &mut Self {
        self.evidence = evidence.into();
        self
    }

    /// Says something at the reported place itself.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Self {
        self.label = Some(label.into());
        self
    }

    /// Masks a region of the reported file wherever the finding shows it.
    pub fn sensitive(&mut self, region: Region) -> &mut Self {
        let path = self.location.path.clone();
        self.sensitive.push(Location { path, region: Some(region) });
        self
    }

    /// Masks a region of another file.
    pub fn sensitive_in(&mut self, path: impl Into<String>, region: Region) -> &mut Self {
        self.sensitive.push(Location { path: Some(path.into()), region: Some(region) });
        self
    }

    /// Adds another place of the reported file, with what it has to do with the
    /// fault.
    pub fn related(&mut self, region: Region, label: impl Into<String>) -> &mut Self {
        let location = Location { path: self.location.path.clone(), region: Some(region) };
        self.add_related(location, label.into())
    }

    /// Adds a place of another file.
    pub fn related_in(
        &mut self,
        path: impl Into<String>,
        region: impl Into<Option<Region>>,
        label: impl Into<String>,
    ) -> &mut Self {
        let location = Location { path: Some(path.into()), region: region.into() };
        self.add_related(location, label.into())
    }

    fn add_related(&mut self, location: Location, label: String) -> &mut Self {
        self.related.push(Related { location, label, attributes: Vec::new() });
        self
    }

    /// Offers a fix; the first one offered is the best. Its edits without a path
    /// are of the reported file.
    pub fn fix(&mut self, mut fix: Fix) -> &mut Self {
        for replacement in &mut fix.replacements {
            if replacement.path.is_none() {
                replacement.path.clone_from(&self.location.path);
            }
        }
        self.fixes.push(fix);
        self
    }

    /// Adds what has no field of its own.
    pub fn attribute(&mut self, name: impl Into<String>, value: impl Into<String>) -> &mut Self {
        self.attributes.push((name.into(), value.into()));
        self
    }
}

impl Fix {
    /// A fix that keeps what the author meant; the title is an imperative
    /// sentence without a period.
    #[must_use]
    pub fn safe(title: impl Into<String>) -> Self {
        Self::new(title, Applicability::Safe)
    }

    /// A fix that changes behaviour.
    #[must_use]
    pub fn risky(title: impl Into<String>) -> Self {
        Self::new(title, Applicability::Unsafe)
    }

    /// A fix that only shows the way.
    #[must_use]
    pub fn shown(title: impl Into<String>) -> Self {
        Self::new(title, Applicability::DisplayOnly)
    }

    fn new(title: impl Into<String>, applicability: Applicability) -> Self {
        let (replacements, attributes) = (Vec::new(), Vec::new());
        Self { title: title.into(), applicability, replacements, attributes }
    }

    /// Replaces bytes of the reported file.
    #[must_use]
    pub fn replace(mut self, region: Region, text: impl Into<String>) -> Self {
        self.replacements.push(Replacement { path: None, region, text: text.into() });
        self
    }

    /// Replaces bytes of another file.
    #[must_use]
    pub fn replace_in(
        mut self,
        path: impl Into<String>,
        region: Region,
        text: impl Into<String>,
    ) -> Self {
        self.replacements.push(Replacement { path: Some(path.into()), region, text: text.into() });
        self
    }

    /// Inserts text before a byte of the reported file.
    #[must_use]
    pub fn insert(self, offset: u32, text: impl Into<String>) -> Self {
        self.replace(Region { start: offset, end: offset }, text)
    }

    /// Removes bytes of the reported file.
    #[must_use]
    pub fn remove(self, region: Region) -> Self {
        self.replace(region, "")
    }
}
