#![no_main]
//! Dockerfiles: every region fits, and every stage comes to something.

use libfuzzer_sys::fuzz_target;
use seaworthy_formats::dockerfile::{Dockerfile, Instruction};
use seaworthy_fuzz::fits;

fn instruction_fits(text: &str, instruction: &Instruction) {
    fits(text, instruction.region);
    fits(text, instruction.keyword.region);
    fits(text, instruction.first_line);
    for heredoc in &instruction.heredocs {
        fits(text, heredoc.region);
        fits(text, heredoc.body);
    }
    for flag in &instruction.flags {
        fits(text, flag.region);
    }
}

fuzz_target!(|text: &str| {
    let file = Dockerfile::parse(text);
    for &comment in file.comments() {
        fits(text, comment);
    }
    for error in file.errors() {
        fits(text, error.region);
    }
    for instruction in file.instructions() {
        instruction_fits(text, instruction);
    }
    let given = |name: &str| (name == "GIVEN").then(|| "given".to_owned());
    for stage in (0..file.stages().len()).take(8) {
        let image = file.image(stage, &given);
        assert_eq!(image.stages.first(), Some(&stage), "a chain begins with its own stage");
        assert!(image.stages.is_sorted_by(|a, b| a > b), "only earlier stages can be a base");
    }
});
