//! Env files and the variables in them.

rules![];
