//! Which of the roles of Supabase's API may use a table.

/// What is known about a role's privileges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Reach {
    /// No statement says anything: what the project gives to new tables.
    #[default]
    Untold,
    /// A statement grants something.
    Granted,
    /// A statement takes everything away.
    Revoked,
}

/// The privileges of the two roles that anybody with the public key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Access {
    /// Visitors who are not signed in.
    pub(crate) anon: Reach,
    /// Users who are.
    pub(crate) authenticated: Reach,
}

impl Access {
    /// Notes that a role is granted something or has everything taken.
    pub(crate) fn set(&mut self, role: &str, reach: Reach) {
        match role {
            // What PUBLIC loses, the two roles keep, for they are granted it by name.
            "public" if reach == Reach::Revoked => {}
            "public" => {
                self.anon = reach;
                self.authenticated = reach;
            }
            "anon" => self.anon = reach,
            "authenticated" => self.authenticated = reach,
            _ => {}
        }
    }

    /// The most that either role has.
    pub(crate) fn widest(self) -> Reach {
        let both = [self.anon, self.authenticated];
        [Reach::Granted, Reach::Untold]
            .into_iter()
            .find(|reach| both.contains(reach))
            .unwrap_or(Reach::Revoked)
    }
}
