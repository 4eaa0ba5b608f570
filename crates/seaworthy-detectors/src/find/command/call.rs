//! Calls that take a password by position: nothing but the function tells what
//! the argument is.

use seaworthy_model::Region;

use super::Found;
use crate::find::near;

/// A function.
struct Function {
    /// Its name with the opening bracket, in lower case: a literal of the finder.
    name: &'static str,
    /// Which argument is the user, from zero.
    user: usize,
    /// Which argument is the password.
    password: usize,
}

const fn function(name: &'static str, user: usize, password: usize) -> Function {
    Function { name, user, password }
}

const FUNCTIONS: &[Function] = &[
    function("networkcredential", 0, 1),
    function("passwordauthentication(", 0, 1),
    function("passwordcredentials(", 0, 1),
    function("passwordcredential(", 0, 1),
    function("passwordtoken(", 0, 1),
    function("digestauth(", 0, 1),
    function("setbearerauth(", 0, 0),
    function("bearer_auth(", 0, 0),
    function(".oauth2(", 0, 0),
    function("basic_auth: {", 0, 1),
    function("basic_auth(", 0, 1),
    function("awscredentials(", 0, 1),
    function("newstaticcredentials(", 0, 1),
    function("plainauth(", 1, 2),
    function("plaincredentials(", 0, 1),
    function(".login(", 0, 1),
    function("drivermanager.getconnection(", 1, 2),
    function("mysqli_connect(", 1, 2),
    function("mysql_connect(", 1, 2),
    function("mysql_pconnect(", 1, 2),
    function("new mysqli(", 1, 2),
    function("new pdo(", 1, 2),
    function("ssh2_auth_password(", 1, 2),
    function("ftp_login(", 1, 2),
    function("imap_open(", 1, 2),
    function("oci_connect(", 0, 1),
    function("odbc_connect(", 1, 2),
    function("ldap_bind(", 1, 2),
    function("credentials::new(", 0, 1),
    function("epgsql:connect(", 1, 2),
    function("jwt.sign(", 0, 1),
    function("jwt.verify(", 0, 1),
    function("jwt.encode(", 0, 1),
    function("jwt.decode(", 0, 1),
    function("credentials(", 0, 1),
    function("basicauth", 0, 1),
    function(".open(", 3, 4),
    function("authenticator(", 0, 1),
    function("authprovider(", 0, 1),
    function("'auth' => [", 0, 1),
    function("\"auth\" => [", 0, 1),
    function(":basic_auth,", 0, 1),
    function(":basic, ", 0, 1),
    function("auth=(", 0, 1),
    function("auth = (", 0, 1),
    function(".auth(", 0, 1),
    function("authenticate(", 0, 1),
    function("credentials.basic(", 0, 1),
    function("().basic(", 0, 1),
    function("basic_auth ", 0, 1),
    function("username_pw_set(", 0, 1),
    function("withbasicauth", 0, 1),
    function("setcredentials(", 0, 1),
    function("mysqldb.connect(", 1, 2),
    function("pymysql.connect(", 1, 2),
    function("pymssql.connect(", 1, 2),
    function("oracle.connect(", 0, 1),
    function("oracledb.connect(", 0, 1),
    function("dbi->connect(", 1, 2),
    function("dbi.connect(", 1, 2),
    function("new sequelize(", 1, 2),
];

/// The password among the arguments of the function at `hit`; the second part
/// says whether the literal is one of a function.
pub(super) fn find(text: &str, hit: Region) -> (Option<Found<'_>>, bool) {
    let bytes = text.as_bytes();
    let Some(function) = FUNCTIONS.iter().find(|function| {
        hit.len() == function.name.len() && near::stands(bytes, hit.start, function.name)
    }) else {
        return (None, false);
    };
    (arguments(text, hit, function), true)
}

fn arguments<'t>(text: &'t str, hit: Region, function: &Function) -> Option<Found<'t>> {
    let bytes = text.as_bytes();
    let mut at = hit.end;
    let spaced = function.name.ends_with([' ', ',']);
    if !function.name.ends_with(['(', '[', ' ', ',', '{']) {
        // `NetworkCredential(…`, `]::new(…`, ` -ArgumentList …`.
        let end = bytes.len().min(at + 24);
        at = (at..end).find(|&at| matches!(bytes[at], b'(' | b'\n' | b';'))?;
        if bytes[at] != b'(' {
            return None;
        }
        at += 1;
    }
    let end = bytes.len().min(at + 512);
    // A name in a string, and no call: the quote behind the bracket closes it.
    let first = near::mark_at(bytes, near::skip_space(bytes, at));
    if first.is_some() && first == near::enclosing(bytes, hit.start) {
        return None;
    }
    if function.name.ends_with("oracle.connect(") || function.name.ends_with("oracledb.connect(") {
        let whole = near::quoted(bytes, near::skip_space(bytes, at), 256);
        if let Some(found) = whole.and_then(|string| slashed(text, string.content)) {
            return Some(found);
        }
    }
    let mut user = "";
    for index in 0..=function.password {
        at = near::skip_space(bytes, at);
        let string = near::quoted(bytes, at, 256);
        if index == function.password {
            let string = string.or_else(|| near::quoted(bytes, wrapped(bytes, at)?, 256))?;
            // The first part of a concatenation is no password.
            let next = near::skip_space(bytes, string.after);
            let ends = matches!(bytes.get(next), Some(b')' | b',' | b'.' | b']' | b'}'));
            return (ends || spaced).then(|| Found::of(string.content, user));
        }
        if let Some(string) = string {
            if index == function.user {
                user = text.get(string.content.start..string.content.end)?;
            }
            at = string.after;
        }
        at = (at..end).find(|&at| matches!(bytes[at], b',' | b')' | b'(' | b';'))?;
        if bytes[at] != b',' {
            return None;
        }
        at += 1;
    }
    None
}

/// `user/password@host`, all in one.
fn slashed(text: &str, region: Region) -> Option<Found<'_>> {
    let value = text.get(region.start..region.end)?;
    let (login, _) = value.rsplit_once('@')?;
    let (user, password) = login.split_once('/')?;
    let start = region.start + user.len() + 1;
    (!user.is_empty()).then(|| Found::of(Region::new(start, start + password.len()), user))
}

/// Where the string begins that is wrapped in what makes it optional, or has a
/// letter of its kind before it: `Some("…")`, `b"…"`, `@"…"`.
fn wrapped(bytes: &[u8], at: usize) -> Option<usize> {
    if near::stands(bytes, at, "some(") {
        return Some(near::skip_space(bytes, at + 5));
    }
    matches!(bytes.get(at), Some(b'b' | b'r' | b'u' | b'@' | b'&')).then_some(at + 1)
}

/// The names of the functions.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().map(|function| function.name)
}
