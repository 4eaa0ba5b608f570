//! The host with real components: guests written as WebAssembly text, whose answers
//! are laid out in their memory beforehand.

mod answers;
mod guest;
mod hostile;
mod installing;
mod later;
mod machine;
mod mutated;
mod running;
mod scene;
mod tour;
mod whole;
