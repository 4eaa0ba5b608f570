//! Writing tables as Rust source, for the build of the embedded packs.

use std::fmt::Write as _;

use crate::detector::{Detector, Shape, Texts};
use crate::table::{Entry, Index, Literal, Table, Target};

/// The source of a `pub static TABLE: Table` and of what it refers to, for a
/// module that imports every public item of this crate.
#[must_use]
pub fn emit(table: &Table) -> String {
    let mut out = String::new();
    write(table, &mut out).expect("a string takes everything");
    out
}

fn write(table: &Table, out: &mut String) -> std::fmt::Result {
    writeln!(out, "static DETECTORS: [Detector; {}] = [", table.detectors.len())?;
    for detector in table.detectors {
        write_detector(detector, out)?;
    }
    out.push_str("];\n");
    out.push_str(
        "/// The tables of the embedded packs and the structural finders.\n\
         pub static TABLE: Table = Table{detectors:&DETECTORS,everywhere:everywhere::INDEX,\
         near_runs:near_runs::INDEX};\n",
    );
    write_index("everywhere", &table.everywhere, out)?;
    write_index("near_runs", &table.near_runs, out)
}

fn write_index(name: &str, index: &Index, out: &mut String) -> std::fmt::Result {
    writeln!(out, "mod {name} {{\nuse super::*;")?;
    out.push_str("static FOLLOWERS: [u8; TRIGRAMS] = *b\"");
    for byte in index.trigrams {
        match byte {
            0 => out.push_str("\\0"),
            byte => write!(out, "\\x{byte:02x}")?,
        }
    }
    writeln!(out, "\";\nstatic HEADS: [u16; {}] = {:?};", index.heads.len(), index.heads)?;
    writeln!(out, "static ENTRIES: [Entry; {}] = [", index.entries.len())?;
    for entry in index.entries {
        let Entry { literal, count, offset, length, before, after, mask, want } = entry;
        writeln!(
            out,
            "Entry{{literal:{literal},count:{count},offset:{offset},length:{length},\
             before:{before},after:{after},mask:{mask},want:{want}}},"
        )?;
    }
    writeln!(out, "];\nstatic LITERALS: [Literal; {}] = [", index.literals.len())?;
    for literal in index.literals {
        let Literal { text, ignore_case, beside, targets } = literal;
        writeln!(
            out,
            "Literal{{text:{text:?},ignore_case:{ignore_case},beside:Beside::{beside:?},\
             targets:{targets:?}}},"
        )?;
    }
    writeln!(out, "];\nstatic TARGETS: [Target; {}] = [", index.targets.len())?;
    for target in index.targets {
        match target {
            Target::Detector(number) => writeln!(out, "Target::Detector({number}),")?,
            Target::Finder(finder) => writeln!(out, "Target::Finder(Finder::{finder:?}),")?,
        }
    }
    writeln!(
        out,
        "];\npub(super) const INDEX: Index = Index{{trigrams:&FOLLOWERS,heads:&HEADS,\
         entries:&ENTRIES,farthest:{},literals:&LITERALS,targets:&TARGETS}};\n}}",
        index.farthest
    )
}

fn write_detector(detector: &Detector, out: &mut String) -> std::fmt::Result {
    let kind = &detector.kind;
    write!(
        out,
        "Detector{{kind:Kind{{id:{:?},provider:{:?},name:{:?},description:{:?},revoke:{:?},\
         severity:Severity::{:?},precision:Precision::{:?},family:Family::{:?}}},shape:",
        kind.id,
        kind.provider,
        kind.name,
        kind.description,
        kind.revoke,
        kind.severity,
        kind.precision,
        kind.family
    )?;
    match &detector.shape {
        Shape::Anchored { anchors, ignore_case, expression, lead, reach, tail, tail_length } => {
            write!(
                out,
                "Shape::Anchored{{anchors:{},ignore_case:{ignore_case},\
                 expression:{expression:?},lead:{lead},reach:{reach},tail:{tail:?},\
                 tail_length:{tail_length}}}",
                source(*anchors)
            )?;
        }
        Shape::Named { names, value } => {
            write!(out, "Shape::Named{{names:{},value:{value:?}}}", source(*names))?;
        }
    }
    let requires = source(detector.requires);
    write!(out, ",requires:{requires},entropy:{:?},proof:", detector.entropy)?;
    match detector.proof {
        Some(proof) => write!(out, "Some(Proof::{proof:?})")?,
        None => out.push_str("None"),
    }
    writeln!(
        out,
        ",paths:{},matches:{},rejects:{}}},",
        source(detector.paths),
        source(detector.matches),
        source(detector.rejects)
    )
}

/// The texts as source; what follows a NUL must not look like more of its escape.
fn source(texts: Texts) -> String {
    let texts = texts.iter().map(|text| format!("{}\\x00", text.escape_debug()));
    format!("Texts(\"{}\")", texts.collect::<String>())
}
