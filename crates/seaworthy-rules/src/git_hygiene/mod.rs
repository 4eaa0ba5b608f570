//! What git tracks and ignores.

rules![];
