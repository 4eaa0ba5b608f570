//! Manifests and lockfiles.

rules![];
