//! Vercel configuration.

rules![];
