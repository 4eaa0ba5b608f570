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

/// Which of the four ways to use a table a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Privileges(u8);

impl Privileges {
    /// All four.
    pub(crate) const ALL: Self = Self(15);

    /// The same and one more, by its keyword. Others are no way to read or change
    /// rows.
    pub(crate) fn and(self, word: &str) -> Self {
        let known = ["select", "insert", "update", "delete"];
        let bit = known.iter().position(|known| word.eq_ignore_ascii_case(known));
        Self(self.0 | bit.map_or(0, |bit| 1 << bit))
    }
}

/// What a role has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
struct Role {
    told: Reach,
    /// What was taken away and not given back.
    lost: u8,
}

/// The privileges of the two roles that anybody with the public key has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Access {
    /// Visitors who are not signed in.
    anon: Role,
    /// Users who are.
    authenticated: Role,
}

impl Access {
    /// Notes what a role is granted.
    pub(crate) fn grant(&mut self, role: &str, privileges: Privileges) {
        for role in self.roles(role, true).into_iter().flatten() {
            if privileges.0 != 0 {
                role.told = Reach::Granted;
                role.lost &= !privileges.0;
            }
        }
    }

    /// Notes what a role has taken.
    pub(crate) fn revoke(&mut self, role: &str, privileges: Privileges) {
        // What PUBLIC loses, the two roles keep, for they are granted it by name.
        for role in self.roles(role, false).into_iter().flatten() {
            role.lost |= privileges.0;
            if role.lost == Privileges::ALL.0 {
                role.told = Reach::Revoked;
            }
        }
    }

    fn roles(&mut self, role: &str, public_is_both: bool) -> [Option<&mut Role>; 2] {
        let both = public_is_both && role == "public";
        let anon = both || role == "anon";
        let authenticated = both || role == "authenticated";
        [anon.then_some(&mut self.anon), authenticated.then_some(&mut self.authenticated)]
    }

    /// The most that either role has.
    pub(crate) fn widest(self) -> Reach {
        let both = [self.anon.told, self.authenticated.told];
        [Reach::Granted, Reach::Untold]
            .into_iter()
            .find(|reach| both.contains(reach))
            .unwrap_or(Reach::Revoked)
    }
}
