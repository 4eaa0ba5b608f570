//! JWT, sessions and authentication settings.

rules![];
