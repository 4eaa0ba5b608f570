//! HTTP response headers, joined over every layer that sets them.

rules![];
