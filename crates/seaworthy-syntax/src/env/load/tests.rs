//! Tests of the loaders.
