//! The thresholds that a team may set, with their defaults.

/// What rules measure against. Filled from the settings file; the defaults are
/// those of the rules' documentation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The fewest characters of a signing secret (HS256 wants 256 bits, RFC
    /// 7518 section 3.2). 32 unless set.
    pub jwt_secret_min_length: usize,
    /// The length recommended in production files. 64 unless set.
    pub jwt_secret_recommended_length: usize,
    /// The fewest characters of a database password. 16 unless set.
    pub password_min_length: usize,
    /// The longest life of an access token in seconds. 3600 unless set.
    pub access_token_max_seconds: u64,
    /// The longest life of a refresh token in seconds. 30 days unless set.
    pub refresh_token_max_seconds: u64,
    /// Headers that every app must set, lower case, beyond those that have a
    /// rule of their own. None unless set.
    pub required_headers: Vec<String>,
    /// Hosts that a lockfile may fetch from besides the public registries.
    pub lockfile_hosts: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            jwt_secret_min_length: 32,
            jwt_secret_recommended_length: 64,
            password_min_length: 16,
            access_token_max_seconds: 60 * 60,
            refresh_token_max_seconds: 30 * 24 * 60 * 60,
            required_headers: Vec::new(),
            lockfile_hosts: Vec::new(),
        }
    }
}
